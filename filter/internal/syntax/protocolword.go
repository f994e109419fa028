package syntax

import "strings"

// String returns the word of a protocol, as it is in expressions.
func (p Protocol) String() string {
	if p == Link {
		return "ether"
	}
	for _, k := range keywords {
		// Of es-is and esis, the one without a hyphen.
		if k.kind == protocol && Protocol(k.value) == p && !strings.Contains(k.word, "-") {
			return k.word
		}
	}
	return ""
}
