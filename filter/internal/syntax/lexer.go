package syntax

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
)

// trouble is why the lexer could make no token of some bytes.
type trouble struct{ problem, hint string }

// lexer cuts an expression into tokens, as libpcap's scanner does: the longest
// match wins, and of two equally long ones an address before a number before a
// name. So "5-3" and "len-4" are names, and twelve digits are an Ethernet
// address.
type lexer struct {
	text     string
	at       int
	tokens   []token
	troubles []trouble
}

// lex returns the tokens of an expression, of which the last is its end. What
// is no token comes as one of kind bad: the parser complains when it gets
// there, after what is wrong to the left of it.
func lex(text string) ([]token, []trouble) {
	l := lexer{text: text, tokens: make([]token, 0, len(text)/4+2)}
	for l.at < len(text) {
		switch c := text[l.at]; {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			l.at++
		case isAlphanumeric(c):
			l.word()
		default:
			l.sign(c)
		}
	}
	l.add(end, 0, 0)
	return l.tokens, l.troubles
}

// add appends a token of so many bytes.
func (l *lexer) add(k kind, length int, value uint32) {
	span := Span{l.at, l.at + length}
	l.tokens = append(l.tokens, token{Span: span, kind: k, value: value, text: l.text[span.Start:span.End]})
	l.at = span.End
}

// refuse appends bytes that are no token.
func (l *lexer) refuse(length int, problem, hint string) {
	l.troubles = append(l.troubles, trouble{problem, hint})
	l.add(bad, length, uint32(len(l.troubles)-1))
}

// word reads what begins with a letter or a digit.
func (l *lexer) word() {
	rest := l.text[l.at:]
	longest := matchName(rest) // no number and no keyword is longer
	k := name
	// In the order in which the earlier one wins if the length is the same.
	for _, form := range [...]struct {
		kind  kind
		match func(string) int
	}{
		{mac, matchMAC}, {number, matchNumber}, {ipv4, matchIPv4}, {ipv6, matchIPv6}, {bad, matchColons},
	} {
		if n := form.match(rest); n > longest || n == longest && k == name {
			longest, k = n, form.kind
		}
	}
	text := rest[:longest]
	switch k {
	case name:
		if w, ok := findKeyword(text); ok {
			l.add(w.kind, longest, w.value)
			return
		}
		l.add(name, longest, 0)
	case number:
		l.number(text)
	case ipv6:
		l.ipv6(text)
	case bad:
		l.refuse(longest, fmt.Sprintf("%q is neither an Ethernet nor an IPv6 address", text), "")
	default:
		l.add(k, longest, 0)
	}
}

// sign reads what begins with anything else.
func (l *lexer) sign(c byte) {
	rest := l.text[l.at:]
	var next byte
	if len(rest) > 1 {
		next = rest[1]
	}
	switch {
	case c == '&' && next == '&':
		l.add(and, 2, 0)
	case c == '|' && next == '|':
		l.add(or, 2, 0)
	case c == '<' && next == '<', c == '>' && next == '>':
		l.add(operator, 2, 0)
	case next == '=' && (c == '<' || c == '>' || c == '!' || c == '='):
		l.add(comparison, 2, 0)
		if c == '=' {
			l.tokens[len(l.tokens)-1].text = "="
		}
	case c == '<' || c == '>' || c == '=':
		l.add(comparison, 1, 0)
	case c == '!':
		l.add(not, 1, 0)
	case c == '(':
		l.add(leftParen, 1, 0)
	case c == ')':
		l.add(rightParen, 1, 0)
	case c == '[':
		l.add(leftBracket, 1, 0)
	case c == ']':
		l.add(rightBracket, 1, 0)
	case c == ':':
		if n := matchIPv6(rest); n > 0 {
			l.ipv6(rest[:n])
			return
		}
		l.add(colon, 1, 0)
	case c == '+' || c == '-' || c == '*' || c == '/' || c == '%' || c == '&' || c == '|' || c == '^':
		l.add(operator, 1, 0)
	case c == '$' && hexRun(rest[1:], 2) > 0:
		l.add(arcnet, 1+hexRun(rest[1:], 2), 0)
	case c == '\\' && matchEscape(rest) > 1:
		l.add(name, matchEscape(rest), 0)
		t := &l.tokens[len(l.tokens)-1]
		t.text, t.escaped = t.text[1:], true
	default:
		l.stray(rest)
	}
}

// stray refuses a character that begins nothing.
func (l *lexer) stray(rest string) {
	r, size := firstRune(rest)
	hint := ""
	switch r {
	case '"', '\'', '`':
		hint = "names are written without quotation marks"
	case ',', ';':
		hint = "join conditions by and or or"
	case '{', '}':
		hint = "these are ( and )"
	case '~':
		hint = "there is no such operator; x ^ 0xffffffff turns all bits of x around"
	case '\\':
		hint = `a backslash comes before a name: \udp`
	case '_':
		hint = `names begin with a letter or a digit; write a backslash before others: \_name`
	}
	l.refuse(size, quotedSign(r)+" means nothing here", hint)
}

// quotedSign returns a character as it stands in messages.
func quotedSign(r rune) string {
	switch {
	case r == '\'':
		return `"'"`
	case r == '\\':
		return `'\'`
	}
	return strconv.QuoteRune(r)
}

// number reads a number as C writes them: decimal, hexadecimal or octal.
func (l *lexer) number(text string) {
	digits, base := text, uint64(10)
	switch {
	case len(text) > 1 && (text[1] == 'x' || text[1] == 'X'):
		digits, base = text[2:], 16
	case text[0] == '0':
		digits, base = text[1:], 8
	}
	var v uint64
	for i := 0; i < len(digits); i++ {
		d := hexDigit(digits[i])
		if d >= base {
			l.refuse(len(text), fmt.Sprintf("%s is no number: one that begins with 0 is octal", text),
				"leave the 0 in front out")
			return
		}
		if v = v*base + d; v > math.MaxUint32 {
			l.refuse(len(text), fmt.Sprintf("%s does not fit into 32 bits", text), "")
			return
		}
	}
	l.add(number, len(text), uint32(v))
}

// ipv6 adds what looks like an IPv6 address, if it is one.
func (l *lexer) ipv6(text string) {
	if _, err := netip.ParseAddr(text); err != nil {
		l.refuse(len(text), fmt.Sprintf("%s is no IPv6 address", text), "")
		return
	}
	l.add(ipv6, len(text), 0)
}
