package wire

import "encoding/binary"

// Names in DNS messages, RFC 1035, section 4.1.4: labels, up to a zero, or up to a
// pointer to where the rest of the name was said before.

// mostName is how long a name may be, and mostJumps how many pointers are
// followed in one: no name needs more, since each has a label before it.
const (
	mostName  = 255
	mostJumps = 127
)

// nameLength returns how many bytes the name takes that begins at an offset of a
// message. If it is longer than the message it returns 0, and if it is no name, -1.
func nameLength(m []byte, at int) int {
	for i := at; i < len(m); {
		switch c := int(m[i]); {
		case c == 0:
			return i + 1 - at
		case c >= 0xc0:
			if i+2 > len(m) {
				return 0
			}
			// A pointer leads back, and never into the header: so there
			// is no way round and round.
			if to := int(binary.BigEndian.Uint16(m[i:]) & 0x3fff); to < 12 || to >= at {
				return -1
			}
			return i + 2 - at
		case c >= 0x40:
			return -1
		default:
			i += 1 + c
		}
		if i-at >= mostName {
			return -1
		}
	}
	return 0
}

// appendDNSName appends the name that a part of a message begins with, in the form
// of RFC 1035, section 5.1: dots between labels, a backslash before a dot that is
// in one. If it is for a terminal, what is not printable ASCII is \DDD; else it is
// as it came, usually UTF-8. What leads astray ends the name with a question mark.
func appendDNSName(b, message, name []byte, terminal bool) []byte {
	start, before := len(b), len(message)
	for jumps := 0; ; {
		if len(name) == 0 || len(b)-start > 4*mostName {
			return append(b, '?')
		}
		n := int(name[0])
		switch {
		case n == 0:
			if len(b) == start {
				b = append(b, '.')
			}
			return b
		case n >= 0xc0 && len(name) >= 2:
			to := int(binary.BigEndian.Uint16(name) & 0x3fff)
			if jumps++; to >= before || jumps > mostJumps {
				return append(b, '?')
			}
			before, name = to, message[to:]
			continue
		case n >= 0x40 || n >= len(name):
			return append(b, '?')
		}
		if len(b) > start {
			b = append(b, '.')
		}
		for _, c := range name[1 : 1+n] {
			switch {
			case c == '.' || c == '\\':
				b = append(b, '\\', c)
			case terminal && (c < ' ' || c > '~'):
				b = append(b, '\\', '0'+c/100, '0'+c/10%10, '0'+c%10)
			default:
				b = append(b, c)
			}
		}
		name = name[1+n:]
	}
}
