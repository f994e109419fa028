package wire

import (
	"net/netip"
	"strconv"
)

// appendHex appends a number as 0x and at least so many digits.
func appendHex(b []byte, n uint64, digits int) []byte {
	return appendHexDigits(append(b, "0x"...), n, digits)
}

// appendHexDigits appends a number in hexadecimal, with at least so many digits.
func appendHexDigits(b []byte, n uint64, digits int) []byte {
	for d := digits; d > 1 && n < 1<<(4*(d-1)); d-- {
		b = append(b, '0')
	}
	return strconv.AppendUint(b, n, 16)
}

// appendNumber appends a number in decimal.
func appendNumber[T ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~int](b []byte, n T) []byte {
	return strconv.AppendUint(b, uint64(n), 10)
}

// appendMAC appends an Ethernet address: 01:00:5e:01:01:05.
func appendMAC(b, mac []byte) []byte {
	const digits = "0123456789abcdef"
	for i, c := range mac {
		if i > 0 {
			b = append(b, ':')
		}
		b = append(b, digits[c>>4], digits[c&15])
	}
	return b
}

// appendAddrPort appends an address and a port: 224.1.1.5:50001, [ff15::1]:5000.
func appendAddrPort(b []byte, a netip.Addr, port uint16) []byte {
	return netip.AddrPortFrom(a, port).AppendTo(b)
}

// appendSafe appends bytes from the network as text for a terminal: what is not
// printable ASCII becomes a dot. Past most bytes it is cut, and three dots follow.
func appendSafe(b, text []byte, most int) []byte {
	cut := len(text) > most
	if cut {
		text = text[:most]
	}
	for _, c := range text {
		if c < ' ' || c > '~' {
			c = '.'
		}
		b = append(b, c)
	}
	if cut {
		b = append(b, "..."...)
	}
	return b
}

// appendNameOf appends what a number means, or a word and the number.
func appendNameOf(b []byte, names []name, word string, number uint64) []byte {
	if n := nameOf(names, number); n != "" {
		return append(b, n...)
	}
	return appendNumber(append(b, word...), number)
}
