package json

import (
	"io"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// What comes from the network or from the host, such as the name of an interface or
// of a process, may have characters that steer a terminal or turn its writing round.
// JSON demands of the first 32 alone that they are escaped. Here everything is that
// does not print, wherever it stands, so that no field can be forgotten.

// escaper escapes on the way what encoding/json leaves as it is. Such characters are in
// strings only, where an escape means the same.
type escaper struct {
	w   io.Writer
	buf []byte
}

// Write takes whole objects, each with a newline behind it.
func (e *escaper) Write(b []byte) (int, error) {
	plain := 0
	for plain < len(b) && (b[plain] >= ' ' && b[plain] < 0x7f || b[plain] == '\n') {
		plain++
	}
	if plain == len(b) {
		return e.w.Write(b)
	}
	e.buf = append(e.buf[:0], b[:plain]...)
	for rest := b[plain:]; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		if r == '\n' {
			e.buf = append(e.buf, '\n')
		} else {
			e.buf = appendRune(e.buf, r)
		}
		rest = rest[n:]
	}
	if _, err := e.w.Write(e.buf); err != nil {
		return 0, err
	}
	return len(b), nil
}

// appendString appends text as a string of JSON. What is not UTF-8 becomes U+FFFD.
func appendString(b, s []byte) []byte {
	b = append(b, '"')
	for len(s) > 0 {
		switch r, n := utf8.DecodeRune(s); {
		case r == '"' || r == '\\':
			b, s = append(b, '\\', byte(r)), s[n:]
		case r == '\n':
			b, s = append(b, '\\', 'n'), s[n:]
		default:
			b, s = appendRune(b, r), s[n:]
		}
	}
	return append(b, '"')
}

// appendRune appends a character of a string: as it is if it prints, else by its number.
func appendRune(b []byte, r rune) []byte {
	if unicode.IsPrint(r) {
		return utf8.AppendRune(b, r)
	}
	if r > 0xffff { // two, as UTF-16 has them
		high, low := utf16.EncodeRune(r)
		return appendEscape(appendEscape(b, high), low)
	}
	return appendEscape(b, r)
}

// appendEscape appends a character of the first 65,536 by its number.
func appendEscape(b []byte, r rune) []byte {
	const digits = "0123456789abcdef"
	return append(b, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
}
