package syntax

import (
	"fmt"
	"strings"
)

// Proto is a protocol's name alone: "udp".
type Proto struct {
	Span
	Protocol Protocol
}

func (n *Proto) text() string { return n.Protocol.String() }

func (n *Proto) meaning(*description) string { return protocols[n.Protocol].means }

// ProtoNumber is "proto": Protocol is NoProtocol (IPv4 and IPv6), IP,
// IP6, Link, ISO or ISIS, and Number the value of its field.
type ProtoNumber struct {
	Span
	Protocol Protocol
	Number   uint32
}

// protocolNumber returns the number of a protocol's name.
func (p *parser) protocolNumber(q qualifiers, t token) uint32 {
	n, ok := findProtocolNumber(q.protocol, t.text)
	if !ok {
		p.unknownProtocol(q, t)
	}
	return n
}

func (n *ProtoNumber) after() qualifiers { return qualifiers{subject: aProto, protocol: n.Protocol} }

func (n *ProtoNumber) text() string {
	if n.Protocol == Link {
		return "ether proto " + etherTypeText(n.Number)
	}
	return n.Protocol.qualifier() + "proto " + decimal(n.Number)
}

func (n *ProtoNumber) meaning(*description) string {
	number := numberWithName(n.Protocol, n.Number)
	switch n.Protocol {
	case Link:
		if n.Number <= 1500 {
			return "802.2 frames for the service access point " + number
		}
		return "frames of Ethernet type " + number
	case ISO:
		return "ISO (OSI) packets of protocol " + number
	case ISIS:
		return "IS-IS packets of type " + number
	case IP:
		return "IPv4 packets of protocol " + number
	}
	return internetWords(n.Protocol) + " of protocol " + number +
		" (in IPv6, directly behind the header or a fragment header)"
}

// internetWords returns which IP packets are meant.
func internetWords(p Protocol) string {
	switch p {
	case IP:
		return "IPv4 packets"
	case IP6:
		return "IPv6 packets"
	}
	return "IPv4 or IPv6 packets"
}

// numberWithName returns a protocol number, and its name if it has one.
func numberWithName(of Protocol, number uint32) string {
	text := decimal(number)
	if of == Link || of == ISO {
		text = etherTypeText(number)
	}
	for _, n := range protocolNames(of) {
		// Most also have an alias in capital letters.
		if n.number == number && n.name == strings.ToLower(n.name) {
			return text + " (" + n.name + ")"
		}
	}
	return text
}

// etherTypeText returns the type of an Ethernet frame in four digits, or an
// access point of 802.2 in two.
func etherTypeText(n uint32) string {
	if n > 0xff {
		return fmt.Sprintf("0x%04x", n)
	}
	return fmt.Sprintf("0x%02x", n)
}
