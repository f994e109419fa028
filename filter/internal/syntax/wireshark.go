package syntax

import "strings"

// displayFields are fields of Wireshark's display filters, and what they are in
// this language. Where the meaning ends with a sign, the comparison stays.
var displayFields = [...]struct{ field, means string }{
	{"arp.opcode", "arp[6:2] ="},
	{"eth.addr", "ether host"},
	{"eth.dst", "ether dst"},
	{"eth.src", "ether src"},
	{"eth.type", "ether proto"},
	{"frame.len", "len ="},
	{"icmp.code", "icmp[icmpcode] ="},
	{"icmp.type", "icmp[icmptype] ="},
	{"icmpv6.code", "icmp6[icmp6code] ="},
	{"icmpv6.type", "icmp6[icmp6type] ="},
	{"igmp.maddr", "group"},
	{"igmp.type", "igmp[0] ="},
	{"ip.addr", "host"},
	{"ip.dsfield", "ip[1] ="},
	{"ip.dst", "dst host"},
	{"ip.dst_host", "dst host"},
	{"ip.host", "host"},
	{"ip.id", "ip[4:2] ="},
	{"ip.len", "ip[2:2] ="},
	{"ip.proto", "ip proto"},
	{"ip.src", "src host"},
	{"ip.src_host", "src host"},
	{"ip.tos", "ip[1] ="},
	{"ip.ttl", "ip[8] ="},
	{"ipv6.addr", "ip6 host"},
	{"ipv6.dst", "ip6 dst host"},
	{"ipv6.hlim", "ip6[7] ="},
	{"ipv6.host", "ip6 host"},
	{"ipv6.nxt", "ip6 proto"},
	{"ipv6.plen", "ip6[4:2] ="},
	{"ipv6.src", "ip6 src host"},
	{"mpls.label", "mpls"},
	{"sctp.dstport", "sctp dst port"},
	{"sctp.port", "sctp port"},
	{"sctp.srcport", "sctp src port"},
	{"tcp.dstport", "tcp dst port"},
	{"tcp.flags", "tcp[tcpflags] ="},
	{"tcp.flags.ack", "tcp[tcpflags] & tcp-ack != 0"},
	{"tcp.flags.fin", "tcp[tcpflags] & tcp-fin != 0"},
	{"tcp.flags.push", "tcp[tcpflags] & tcp-push != 0"},
	{"tcp.flags.reset", "tcp[tcpflags] & tcp-rst != 0"},
	{"tcp.flags.syn", "tcp[tcpflags] & tcp-syn != 0"},
	{"tcp.port", "tcp port"},
	{"tcp.srcport", "tcp src port"},
	{"tcp.window_size", "tcp[14:2] ="},
	{"udp.dstport", "udp dst port"},
	{"udp.length", "udp[4:2] ="},
	{"udp.port", "udp port"},
	{"udp.srcport", "udp src port"},
	{"vlan.id", "vlan"},
}

// wireshark complains about a name that is a field of Wireshark's display
// filters. Its next token is what comes after the name, or the name itself.
func (p *parser) wireshark(t token) {
	of, _, hasDot := strings.Cut(t.text, ".")
	i := p.next
	if p.tokens[i].Start == t.Start {
		i++
	}
	op := p.tokens[i]
	hint := ""
	var list []proposal
	for _, f := range displayFields {
		if strings.EqualFold(f.field, t.text) {
			hint = "here it is " + strings.TrimSuffix(f.means, " =")
			list = p.translated(t, f.means, op, p.tokens[min(i+1, len(p.tokens)-1)])
		}
	}
	switch of {
	case "frame", "eth", "ip", "ipv6", "tcp", "udp", "sctp", "icmp", "icmpv6", "igmp", "arp", "vlan", "mpls",
		"http", "dns", "mdns", "rtp", "rtcp", "tls", "data", "bootp", "dhcp", "pim", "sll":
	default:
		hasDot = false
	}
	// A host may be called "ip.dst", but nothing can be compared with it.
	if hint == "" && (!hasDot || op.kind != comparison) {
		return
	}
	p.propose(t.Span, quoted(t.text)+" is a field of Wireshark's display filters, which are another language", hint, list...)
}

// translated returns the condition on a field of Wireshark's, in this language.
func (p *parser) translated(t token, means string, op, value token) []proposal {
	if op.kind != comparison || value.kind == end || value.kind == bad {
		return nil
	}
	span := Span{t.Start, value.End}
	if rest := p.expression[value.End:]; strings.HasPrefix(rest, "/") {
		span.End += 1 + matchNumber(rest[1:])
	}
	text := p.expression[value.Start:span.End]
	is, isNot := op.text == "=", op.text == "!="
	switch word, _, _ := strings.Cut(means, " "); {
	case strings.HasSuffix(means, " != 0"):
		if (text == "0") == is {
			means = strings.Replace(means, " != 0", " = 0", 1)
		}
		if is || isNot {
			return []proposal{{Span: span, text: means}}
		}
	case strings.HasSuffix(means, " ="):
		return []proposal{{Span: span, text: strings.TrimSuffix(means, "=") + op.text + " " + text}}
	case word == "vlan" || word == "mpls":
		if is {
			return []proposal{{Span: span, text: means + " " + text}}
		}
	default:
		var fields []field
		for _, f := range append(strings.Fields(means), op.text, text) {
			fields = append(fields, field{span, f})
		}
		if r, n := p.read(fields); n == len(fields) {
			r.Span = span
			return r.proposals(p)
		}
	}
	return nil
}
