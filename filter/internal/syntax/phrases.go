package syntax

import (
	"strings"
)

// phrases are conditions that people write by the name of a field of a header
// or of a kind of message, and how the language has them. N stands for a number,
// before which a sign of comparison may stand; the sign is the one after which N
// comes in the meaning. Of phrases with the same words, the longer one comes
// first.
var phrases = [...]struct{ words, means, note string }{
	{"arp opcode N", "arp[6:2] = N", ""},
	{"arp reply", "arp[6:2] = 2", ""},
	{"arp request", "arp[6:2] = 1", ""},
	{"bcast", "broadcast", ""},
	{"dscp N", "ip[1] >> 2 = N", ""},
	{"ether type N", "ether proto N", ""},
	{"ethertype N", "ether proto N", ""},
	{"hlim N", "ip6[7] = N", ""},
	{"icmp code N", "icmp[icmpcode] = N", ""},
	{"icmp echo", "icmp[icmptype] = icmp-echo", ""},
	{"icmp request", "icmp[icmptype] = icmp-echo", ""},
	{"icmp reply", "icmp[icmptype] = icmp-echoreply", ""},
	{"icmp type N", "icmp[icmptype] = N", ""},
	{"icmp6 code N", "icmp6[icmp6code] = N", ""},
	{"icmp6 type N", "icmp6[icmp6type] = N", ""},
	{"igmp join", "igmp[0] = 0x12 or igmp[0] = 0x16 or igmp[0] = 0x22", "a host joins by a report, here of IGMPv1, 2 and 3"},
	{"igmp leave", "igmp[0] = 0x17", "in IGMPv3 reports (0x22) say it"},
	{"igmp query", "igmp[0] = 0x11", ""},
	{"igmp report", "igmp[0] = 0x12 or igmp[0] = 0x16 or igmp[0] = 0x22", "these are those of IGMPv1, 2 and 3"},
	{"igmp type N", "igmp[0] = N", ""},
	{"igmp v1", "igmp", "it keeps all versions; reports of version 1 have igmp[0] = 0x12"},
	{"igmp v2", "igmp", "it keeps all versions; reports of version 2 have igmp[0] = 0x16"},
	{"igmp v3", "igmp", "it keeps all versions; reports of version 3 have igmp[0] = 0x22"},
	{"ip dscp N", "ip[1] >> 2 = N", ""},
	{"ip id N", "ip[4:2] = N", ""},
	{"ip len N", "ip[2:2] = N", ""},
	{"ip length N", "ip[2:2] = N", ""},
	{"ip mcast", "ip multicast", ""},
	{"ip tos N", "ip[1] = N", ""},
	{"ip ttl N", "ip[8] = N", ""},
	{"ip6 hlim N", "ip6[7] = N", ""},
	{"ip6 mcast", "ip6 multicast", ""},
	{"ipv4 multicast", "ip multicast", ""},
	{"ipv6 multicast", "ip6 multicast", ""},
	{"mcast", "multicast", ""},
	{"mld query", "mld and ip6[48] = 130", ""},
	{"mld report", "mld and (ip6[48] = 131 or ip6[48] = 143)", "these are those of MLDv1 and 2"},
	{"mld v1", "mld", "it keeps both versions; reports of version 1 have ip6[48] = 131"},
	{"mld v2", "mld", "it keeps both versions; reports of version 2 have ip6[48] = 143"},
	{"quic", "udp port 443", "that is its usual port"},
	{"rtcp", "udp[8] & 0xc0 = 0x80 and udp[9] >= 200 and udp[9] <= 204", "that is what looks like it, in IPv4"},
	{"rtp N", "rtp and udp[9] & 0x7f = N", "that is the payload type"},
	{"tcp ack", "tcp[tcpflags] & tcp-ack != 0", ""},
	{"tcp fin", "tcp[tcpflags] & tcp-fin != 0", ""},
	{"tcp flags ack", "tcp[tcpflags] & tcp-ack != 0", ""},
	{"tcp flags fin", "tcp[tcpflags] & tcp-fin != 0", ""},
	{"tcp flags push", "tcp[tcpflags] & tcp-push != 0", ""},
	{"tcp flags rst", "tcp[tcpflags] & tcp-rst != 0", ""},
	{"tcp flags syn", "tcp[tcpflags] & tcp-syn != 0", ""},
	{"tcp psh", "tcp[tcpflags] & tcp-push != 0", ""},
	{"tcp push", "tcp[tcpflags] & tcp-push != 0", ""},
	{"tcp rst", "tcp[tcpflags] & tcp-rst != 0", ""},
	{"tcp syn", "tcp[tcpflags] & tcp-syn != 0", ""},
	{"tls", "tcp port 443", "that is its usual port"},
	{"tos N", "ip[1] = N", ""},
	{"ttl N", "ip[8] = N", ""},
	{"udp len N", "udp[4:2] = N", ""},
	{"udp length N", "udp[4:2] = N", ""},
	{"vlan id N", "vlan N", ""},
	{"vlan N", "vlan N", ""}, // that is, "vlan = 5"
	{"vxlan", "udp port 4789", ""},
}

// phrases returns what is meant by a phrase that an error is in.
func (p *parser) phrases(e *Error) (list []proposal) {
	first, last := p.conditionAt(e)
	if first == last {
		return nil
	}
	fields := p.fields(p.spanOf(first, last))
	for ; len(fields) > 0 && fields[0].Start <= e.Span.Start; fields = fields[1:] {
		for _, x := range phrases {
			n, text := phrase(fields, x.words, x.means)
			if n == 0 || fields[n-1].End < e.Span.Start {
				continue
			}
			join := ""
			switch {
			case strings.Contains(text, " or "):
				join = "or"
			case strings.Contains(text, " and "):
				join = "and"
			}
			span := Span{fields[0].Start, fields[n-1].End}
			list = append(list, proposal{Span: span, text: p.enclosed(span.Start, text, join), note: x.note})
		}
	}
	return list
}

// phrase returns how many fields a phrase takes, and what it means.
func phrase(fields []field, words, means string) (n int, text string) {
	text = means
	for w := range strings.FieldsSeq(words) {
		if w != "N" {
			if n == len(fields) || strings.ToLower(fields[n].text) != w {
				return 0, ""
			}
			n++
			continue
		}
		op := ""
		if n < len(fields) && strings.ContainsAny(fields[n].text[:1], "=<>!") {
			op = fields[n].text
			n++
		}
		if n == len(fields) || matchNumber(fields[n].text) != len(fields[n].text) {
			return 0, ""
		}
		text = strings.TrimSuffix(means, "N") + fields[n].text
		n++
		switch before, compares := strings.CutSuffix(means, "= N"); {
		case op == "" || op == "=" || op == "==":
		case compares:
			text = before + op + " " + fields[n-1].text
		case op == "!=":
			text = "not " + text
		default:
			return 0, ""
		}
	}
	return n, text
}
