package syntax

import (
	"slices"
	"strings"
)

// habits are words that people bring along from elsewhere.
var habits = [...]struct{ word, means string }{
	{"destination", "dst"},
	{"dest", "dst"},
	{"dhcp", "bootps"},
	{"dhcpv6", "dhcpv6-server"},
	{"dns", "domain"},
	{"eth", "ether"},
	{"ethernet", "ether"},
	{"icmpv6", "icmp6"},
	{"igmpv2", "igmp"},
	{"igmpv3", "igmp"},
	{"ipv4", "ip"},
	{"ipv6", "ip6"},
	{"mldv2", "mld"},
	{"network", "net"},
	{"ptp", "ptp-event"},
	{"rip", "route"},
	{"slp", "svrloc"},
	{"source", "src"},
	{"subnet", "net"},
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
func suggest(wrong string, words []string) string { return hintFor(nearest(wrong, words)) }

func hintFor(word string) string {
	if word == "" {
		return ""
	}
	return "did you mean " + quoted(word) + "?"
}

// oneOf is suggest, and names all words if none is near.
func oneOf(wrong string, words []string) string {
	if s := suggest(wrong, words); s != "" {
		return s
	}
	return "these are: " + strings.Join(words, ", ")
}

// nearest returns the word that was probably meant, or "".
func nearest(wrong string, words []string) string {
	lower := strings.ToLower(wrong)
	if slices.Contains(words, lower) {
		return lower
	}
	if h := habitual(lower); slices.Contains(words, h) {
		return h
	}
	// A slip or two, but never more than a third of the word.
	most := min(2, (len(lower)+1)/3)
	best := ""
	for _, w := range words {
		if d := distance(lower, w, most); d <= most {
			best, most = w, d-1
		}
	}
	return best
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
	for _, w := range words {
		list = append(list, w.word)
	}
	for _, k := range keywords {
		if k.kind != foreign && k.kind != mask && k.kind != and && k.kind != or {
			list = append(list, k.word)
		}
	}
	return list
}

// values returns the words that a value may begin with.
func values() []string {
	list := []string{"len"}
	for _, k := range constants {
		list = append(list, k.word)
	}
	for _, k := range keywords {
		if k.kind == protocol && Protocol(k.value).hasBytes() {
			list = append(list, k.word)
		}
	}
	return list
}

// suggestService returns a hint for the name of a port.
func suggestService(wrong string) string {
	names := make([]string, len(services))
	for i, s := range services {
		names[i] = s.name
	}
	if hint := suggest(wrong, names); hint != "" {
		return hint
	}
	return "write its number"
}

// isService tells whether a port is called so.
func isService(text string) bool {
	_, ok := slices.BinarySearchFunc(services[:], text, func(s service, text string) int {
		return strings.Compare(s.name, text)
	})
	return ok
}

// isIPProtocol tells whether a protocol above IP is called so.
func isIPProtocol(text string) bool {
	_, ok := findProtocolNumber(IP, text)
	return ok
}
