package syntax

import (
	"slices"
	"strings"
)

// Transports are protocols with ports, as a set.
type Transports uint8

// The protocols with ports.
const (
	OnTCP Transports = 1 << iota
	OnUDP
	OnSCTP
	AnyTransport = OnTCP | OnUDP | OnSCTP
)

// Has tells whether a protocol is one of them.
func (t Transports) Has(p Protocol) bool { return t&transportOf(p) != 0 }

// protocols returns the protocols.
func (t Transports) protocols() []Protocol {
	var list []Protocol
	for _, p := range [...]Protocol{TCP, UDP, SCTP} {
		if t.Has(p) {
			list = append(list, p)
		}
	}
	return list
}

// String returns the names of the protocols.
func (t Transports) String() string {
	var names []string
	for _, p := range t.protocols() {
		names = append(names, strings.ToUpper(p.String()))
	}
	return strings.Join(names, " and ")
}

// transportOf returns the set of one protocol, or of all where no protocol is said.
func transportOf(p Protocol) Transports {
	switch p {
	case TCP:
		return OnTCP
	case UDP:
		return OnUDP
	case SCTP:
		return OnSCTP
	}
	return AnyTransport
}

// findService returns a port by its name, or by its number, which as part of a
// range or behind a backslash comes as a name.
func (p *parser) findService(t token, text string) service {
	if !isDecimal(text) {
		s, ok := serviceNamed(text)
		if !ok {
			p.unknownService(t, text)
		}
		return s
	}
	n, ok := portNumber(text)
	if !ok {
		p.fail(t.Span, "port numbers end at 65535", "")
	}
	return service{text, uint16(n), AnyTransport}
}

// serviceNamed returns the port that is called so.
func serviceNamed(text string) (service, bool) {
	i, ok := slices.BinarySearchFunc(services[:], text, func(s service, text string) int {
		return strings.Compare(s.name, text)
	})
	if !ok {
		return service{}, false
	}
	return services[i], true
}

// portNumber returns the number of a port, by its number or its name.
func portNumber(text string) (n int, ok bool) {
	if !isDecimal(text) {
		s, ok := serviceNamed(text)
		return int(s.port), ok
	}
	for _, c := range []byte(text) {
		if n = n*10 + int(c-'0'); n > 65535 {
			return 0, false
		}
	}
	return n, true
}

// isService tells whether a port is called so.
func isService(text string) bool {
	_, ok := serviceNamed(text)
	return ok
}
