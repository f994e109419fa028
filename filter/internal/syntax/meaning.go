package syntax

import (
	"fmt"
	"strings"
)

// words returns a direction in words.
func (d Direction) words() string {
	switch d {
	case Source:
		return "from"
	case Destination:
		return "to"
	case BothDirections:
		return "from and to"
	}
	return "from or to"
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

// withName returns an address with the name that it was found by.
func withName(name, address string) string {
	if name == "" {
		return address
	}
	return name + " (" + address + ")"
}

// host returns what "host" and "net" mean.
func (d *description) host(n *Host) string {
	var v4, v6 []string
	for _, net := range n.Nets {
		if net.Addr.Is4() {
			v4 = append(v4, net.String())
		} else {
			v6 = append(v6, net.String())
		}
	}
	all := withName(n.Name, strings.Join(append(v4, v6...), " or "))
	what := "addresses in "
	if n.Nets[0].isAddress() {
		what = ""
	}
	packets := "IPv4 packets"
	switch {
	case n.Protocol == ARP || n.Protocol == RARP:
		packets = strings.ToUpper(n.Protocol.String()) + " frames"
		return packets + " " + n.Direction.askers() + " " + what + all
	case len(v4) == 0:
		packets = "IPv6 packets"
	case len(v6) > 0:
		packets = "IP packets"
	}
	words := packets + " " + n.Direction.words() + " " + what + all
	if n.Protocol == NoProtocol && len(v4) > 0 {
		d.mention(hostIsARP)
		words += ", or ARP or RARP frames " + n.Direction.askers() + " it"
		if what != "" {
			words = strings.TrimSuffix(words, "it") + "one of them"
		}
	}
	return words
}

// askers returns in words which address of an ARP frame is meant.
func (d Direction) askers() string {
	switch d {
	case Source:
		return "sent by"
	case Destination:
		return "asking for or answering"
	case BothDirections:
		return "sent by and asking for"
	}
	return "about"
}

// meaning returns what "port" and "portrange" mean.
func (n *Port) meaning() string {
	var packets []string
	for _, t := range n.transports() {
		switch t {
		case TCP:
			packets = append(packets, "TCP segments")
		case UDP:
			packets = append(packets, "UDP datagrams")
		case SCTP:
			packets = append(packets, "SCTP packets")
		}
	}
	ports := "port " + decimal(uint32(n.Low))
	if n.Low != n.High {
		ports = fmt.Sprintf("a port from %d to %d", n.Low, n.High)
	}
	return strings.Join(packets, " or ") + " " + n.Direction.words() + " " + ports + " (over IPv4 or IPv6)"
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

// meaning returns what "proto" means.
func (n *ProtoNumber) meaning() string {
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

// multicastMeaning returns what "multicast" means.
func multicastMeaning(of Protocol) string {
	switch of {
	case IP:
		return "IPv4 packets to 224.0.0.0 and above (multicast, but also the broadcast to 255.255.255.255)"
	case IP6:
		return "IPv6 packets to a multicast address (ff00::/8)"
	}
	return "frames to a multicast Ethernet address, or to all stations"
}

// meaning returns what "byte" means.
func (n *Byte) meaning() string {
	of := fmt.Sprintf("frames whose byte %d, counted from 0, ", n.Offset)
	switch n.Op {
	case '=':
		return of + fmt.Sprintf("is %d", n.Value)
	case '<':
		return of + fmt.Sprintf("is less than %d", n.Value)
	case '>':
		return of + fmt.Sprintf("is greater than %d", n.Value)
	case '&':
		return of + fmt.Sprintf("has one of the bits of %#x", n.Value)
	}
	return of + fmt.Sprintf("is not zero together with the bits of %#x", n.Value)
}

// meaning returns what "llc" means.
func (n *LLC) meaning() string {
	switch n.Kind {
	case "":
		return "frames with an 802.2 header"
	case "i":
		return "802.2 information frames"
	case "s":
		return "802.2 supervisory frames"
	case "u":
		return "802.2 unnumbered frames"
	}
	return "802.2 frames of the kind " + strings.ToUpper(n.Kind)
}

// groupMeaning returns what the extension "group" means.
func groupMeaning(n Net) string {
	packets, messages := "IPv4 packets", "IGMP messages"
	if n.Addr.Is6() {
		packets, messages = "IPv6 packets", "MLD messages"
	}
	if n.isAddress() {
		return packets + " to the multicast group " + n.String() + ", or " + messages + " about it"
	}
	return packets + " to multicast groups in " + n.String() + ", or " + messages + " about one of them"
}
