package syntax

import "strings"

// mostUnglued is the longest text in which words without blanks are looked for.
const mostUnglued = 40

// unglued returns the words at an error with the blanks between them that are
// missing: "vlan5", "udpport 53", "5000and".
func (p *parser) unglued(e *Error) []proposal {
	start, end := e.Span.Start, e.Span.Start
	for start > 0 && isWordByte(p.expression[start-1]) {
		start--
	}
	for end < len(p.expression) && isWordByte(p.expression[end]) {
		end++
	}
	if end-start > mostUnglued || start == end {
		return nil
	}
	words := split(p.expression[start:end], true)
	if len(words) < 2 {
		return nil
	}
	list := []proposal{{Span: Span{start, end}, text: strings.Join(words, " ")}}
	if k, _ := findKeyword(words[0]); k.kind == protocol && len(words) == 2 && isDecimal(words[1]) {
		list = append(list, proposal{Span: Span{start, end}, text: words[0] + " port " + words[1]})
	}
	return list
}

func isWordByte(c byte) bool {
	return isAlphanumeric(c) || c == '.' || c == ':' || c == '-' || c == '_'
}

// split cuts a text into keywords, of which one is at its start or behind a
// number there, and maybe a value at its end. It returns nil if it cannot.
func split(text string, first bool) []string {
	if !first {
		v := readValue(text)
		if _, known := findKeyword(text); known || v.number != "" || len(v.nets) == 1 || v.ports != "" || isService(text) {
			return []string{text}
		}
	}
	for n := len(text) - 1; n >= 2; n-- {
		k, ok := findKeyword(text[:n])
		if findExtension(text[:n]) == nil && (!ok || k.kind == foreign) {
			continue
		}
		if rest := split(text[n:], false); rest != nil {
			return append([]string{text[:n]}, rest...)
		}
	}
	if n := matchNumber(text); n > 0 && n < len(text) && first {
		if rest := split(text[n:], false); rest != nil && !isDigit(rest[0][0]) {
			if k, _ := findKeyword(rest[0]); k.kind == and || k.kind == or {
				return append([]string{text[:n]}, rest...)
			}
		}
	}
	return nil
}
