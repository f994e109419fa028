package syntax

import (
	"strings"
	"unicode/utf8"
)

// Each match function returns how many bytes at the start of s have its form,
// at most, and 0 if none have. Together they are the patterns of libpcap's
// scanner.l.

// matchName matches letters and digits, and between them also dots, hyphens and
// underscores; a dot may be the last.
func matchName(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case isAlphanumeric(c) || c == '.' && i > 0:
			n = i + 1
		case c != '-' && c != '_':
			return n
		}
	}
	return n
}

// matchEscape matches a backslash and all up to a blank, ! ( or ).
func matchEscape(s string) int {
	if i := strings.IndexAny(s, " !()\n\t\x00"); i >= 0 {
		return i
	}
	return len(s)
}

// matchNumber matches decimal digits, or 0x and hexadecimal ones.
func matchNumber(s string) int {
	if len(s) > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') {
		if n := hexRun(s[2:], len(s)); n > 0 {
			return 2 + n
		}
	}
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}

// matchIPv4 matches two to four numbers with dots between them.
func matchIPv4(s string) int {
	n, parts := numbersWithDots(s)
	if parts < 2 {
		return 0
	}
	return n
}

// numbersWithDots matches at most four numbers with dots between them, and
// counts them.
func numbersWithDots(s string) (n, parts int) {
	for parts < 4 {
		at := n
		if parts > 0 {
			if n >= len(s) || s[n] != '.' {
				break
			}
			at++
		}
		m := matchNumber(s[at:])
		if m == 0 {
			break
		}
		n = at + m
		parts++
	}
	return n, parts
}

// matchMAC matches an Ethernet address: six bytes of one or two digits with
// colons, hyphens or dots between them, three groups of four digits with dots,
// or twelve digits.
func matchMAC(s string) int {
	longest := 0
	for _, separator := range [...]byte{':', '-', '.'} {
		longest = max(longest, hexGroups(s, 6, 1, 2, separator))
	}
	longest = max(longest, hexGroups(s, 3, 4, 4, '.'))
	if hexRun(s, 12) == 12 {
		longest = max(longest, 12)
	}
	return longest
}

// hexGroups matches a number of groups of hexadecimal digits.
func hexGroups(s string, groups, least, most int, separator byte) int {
	n := 0
	for i := range groups {
		if i > 0 {
			if n >= len(s) || s[n] != separator {
				return 0
			}
			n++
		}
		m := hexRun(s[n:], most)
		if m < least {
			return 0
		}
		n += m
	}
	return n
}

// matchIPv6 matches eight groups of at most four digits with colons between
// them. One "::" may stand for any number of groups, and an IPv4 address for
// the last two.
func matchIPv6(s string) int {
	at, groups, longest, gap := 0, 0, 0, false
	if strings.HasPrefix(s, "::") {
		at, longest, gap = 2, 2, true
	}
	for {
		if groups == 6 && !gap || groups <= 5 && gap {
			if n, parts := numbersWithDots(s[at:]); parts == 4 {
				longest = max(longest, at+n)
			}
		}
		n := hexRun(s[at:], 4)
		if n == 0 || gap && groups == 7 {
			return longest
		}
		groups++
		at += n
		if gap || groups == 8 {
			longest = max(longest, at)
		}
		if groups == 8 || at >= len(s) || s[at] != ':' {
			return longest
		}
		at++
		if at < len(s) && s[at] == ':' {
			if gap {
				return longest
			}
			gap = true
			at++
			longest = max(longest, at)
		}
	}
}

// matchColons matches bytes that each have colons behind them: a mistake in an
// Ethernet or IPv6 address.
func matchColons(s string) int {
	at, groups, n := 0, 0, 0
	for {
		digits := hexRun(s[at:], 2)
		colons := 0
		for at+digits+colons < len(s) && s[at+digits+colons] == ':' {
			colons++
		}
		if digits == 0 || colons == 0 {
			return n
		}
		at += digits + colons
		if groups++; groups > 1 {
			n = at
		}
	}
}

// hexRun counts the hexadecimal digits that s begins with, up to most.
func hexRun(s string, most int) int {
	n := 0
	for n < len(s) && n < most && hexDigit(s[n]) < 16 {
		n++
	}
	return n
}

// hexDigit returns the value of a hexadecimal digit, and 16 for other bytes.
func hexDigit(c byte) uint64 {
	switch {
	case '0' <= c && c <= '9':
		return uint64(c - '0')
	case 'a' <= c && c <= 'f':
		return uint64(c - 'a' + 10)
	case 'A' <= c && c <= 'F':
		return uint64(c - 'A' + 10)
	}
	return 16
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// firstRune returns the first character of s and its length.
func firstRune(s string) (rune, int) { return utf8.DecodeRuneInString(s) }
