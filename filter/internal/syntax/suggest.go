package syntax

import (
	"slices"
	"strings"
)

// habits are words that people bring along from elsewhere.
var habits = [...]struct{ word, means string }{
	{"bcast", "broadcast"},
	{"dest", "dst"},
	{"destination", "dst"},
	{"dhcp", "bootps"},
	{"dhcpv6", "dhcpv6-server"},
	{"dns", "domain"},
	{"dport", "dst port"},
	{"dstport", "dst port"},
	{"eth", "ether"},
	{"ethernet", "ether"},
	{"from", "src"},
	{"icmpv6", "icmp6"},
	{"iface", "ifname"},
	{"igmp2", "igmp"},
	{"igmp3", "igmp"},
	{"igmpv1", "igmp"},
	{"igmpv2", "igmp"},
	{"igmpv3", "igmp"},
	{"in", "inbound"},
	{"interface", "ifname"},
	{"ip4", "ip"},
	{"ipv4", "ip"},
	{"ipv6", "ip6"},
	{"mcast", "multicast"},
	{"mldv1", "mld"},
	{"mldv2", "mld"},
	{"netmask", "mask"},
	{"network", "net"},
	{"out", "outbound"},
	{"ptp", "ptp-event"},
	{"rip", "route"},
	{"slp", "svrloc"},
	{"source", "src"},
	{"sport", "src port"},
	{"srcport", "src port"},
	{"subnet", "net"},
	{"to", "dst"},
	{"wol", "discard"},
}

// habitual returns the word that is meant by one from elsewhere, or "".
func habitual(word string) string {
	word = strings.ToLower(word)
	for _, h := range habits {
		if h.word == word {
			return h.means
		}
	}
	return ""
}

// suggest returns a hint that names the word that was probably meant, or "".
// Of words that are equally near, the first one is it.
func suggest(wrong string, words []string) string {
	if near := nearest(wrong, words); len(near) > 0 {
		return hintFor(near[0])
	}
	return ""
}

// hintFor returns a hint that names a word. It stands there as it is written,
// with a backslash that it has.
func hintFor(word string) string { return meantForm + `"` + word + `"?` }

// oneOf is suggest, and names all words if none is near.
func oneOf(wrong string, words []string) string {
	if s := suggest(wrong, words); s != "" {
		return s
	}
	return "these are: " + strings.Join(words, ", ")
}

// mostNear is how many words are tried instead of a wrong one.
const mostNear = 3

// nearest returns the words that were probably meant, the nearest one first.
// Those from elsewhere may mean more than one word of the language.
func nearest(wrong string, words []string) []string {
	lower := strings.ToLower(wrong)
	if slices.Contains(words, lower) {
		return []string{lower}
	}
	if h := habitual(lower); h != "" && slices.Contains(words, strings.Fields(h)[0]) {
		return []string{h}
	}
	// A slip or two, but never more than a third of the word, and none in a
	// number: "tcp80" is no slip of "tcp".
	number := digits(lower)
	var near []string
	for most := range min(2, (len(lower)+1)/3) + 1 {
		for _, w := range words {
			if len(near) < mostNear && distance(lower, w, most) == most && !slices.Contains(near, w) &&
				(number == "" || number == digits(w)) {
				near = append(near, w)
			}
		}
	}
	return near
}

// digits returns the digits of a word.
func digits(word string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, word)
}

// distance returns how many letters have to be put in, left out, replaced or
// swapped with their neighbour to make b of a, and more than most if more than
// most have.
func distance(a, b string, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	// The rows of the table that count: i-2, i-1 and i letters of a.
	older, old, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		older, old, row = old, row, older
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(old[j]+1, row[j-1]+1, old[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
	}
	return row[len(b)]
}

// beginnings returns the words that a condition may begin with, those that
// people use most first.
func beginnings() []string {
	list := []string{"host", "port", "udp", "tcp", "ip", "net", "src", "dst", "not", "ip6", "igmp", "icmp", "arp"}
	for i := range primitives {
		if w := &primitives[i]; w.isName() {
			list = append(list, w.word)
		}
	}
	for _, k := range allKeywords() {
		if k.kind != foreign && k.kind != mask && k.kind != and && k.kind != or {
			list = append(list, k.word)
		}
	}
	return list
}

// values returns the words that a value may begin with.
func values() []string {
	list := []string{"len", "tcp-syn"}
	for _, k := range constants {
		list = append(list, k.word)
	}
	for _, k := range allKeywords() {
		if k.kind == protocol && protocols[k.value].bytes != noBytes {
			list = append(list, k.word)
		}
	}
	return list
}

// nearService returns that of some words which is the name of a port, or "".
func nearService(words ...string) string {
	for _, w := range words {
		if isService(w) {
			return w
		}
	}
	return ""
}

// isIPProtocol tells whether a protocol above IP is called so.
func isIPProtocol(text string) bool {
	_, ok := findProtocolNumber(IP, text)
	return ok
}
