package syntax

import (
	"slices"
	"strings"
)

// transports are the protocols with ports, as a set.
type transports uint8

const (
	onTCP transports = 1 << iota
	onUDP
	onSCTP
	anyTransport = onTCP | onUDP | onSCTP
)

// String returns the names of the protocols.
func (t transports) String() string {
	var names []string
	for _, p := range [...]Protocol{TCP, UDP, SCTP} {
		if t&transportOf(p) != 0 {
			names = append(names, strings.ToUpper(p.String()))
		}
	}
	return strings.Join(names, " and ")
}

// transportOf returns the set of one protocol.
func transportOf(p Protocol) transports {
	switch p {
	case TCP:
		return onTCP
	case UDP:
		return onUDP
	case SCTP:
		return onSCTP
	}
	return anyTransport
}

// findService returns a port by its name, or by its number, which as part of a
// range or behind a backslash comes as a name.
func (p *parser) findService(t token, text string) service {
	if text != "" && strings.Trim(text, "0123456789") == "" {
		n := uint32(0)
		for _, c := range []byte(text) {
			if n = n*10 + uint32(c-'0'); n > 65535 {
				p.fail(t.Span, "port numbers end at 65535", "")
			}
		}
		return service{text, uint16(n), anyTransport}
	}
	i, ok := slices.BinarySearchFunc(services[:], text, func(s service, text string) int {
		return strings.Compare(s.name, text)
	})
	if !ok {
		p.unknownService(t, text)
	}
	return services[i]
}
