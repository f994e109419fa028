package wire

// AppendHexdump appends bytes as lines of sixteen, each with a newline: the offset,
// the bytes, and the text that they are, with a dot for what is not printable. It
// is scapy's hexdump().
//
//	0000  01 00 5E 01 01 05 08 00 27 00 01 03 08 00 45 00  ..^.....'.....E.
func AppendHexdump(b, data []byte) []byte {
	const digits = "0123456789ABCDEF"
	for at := 0; at < len(data); at += 16 {
		line := data[at:min(at+16, len(data))]
		b = append(appendHexDigits(b, uint64(at), 4), "  "...)
		for _, c := range line {
			b = append(b, digits[c>>4], digits[c&15], ' ')
		}
		for range 16 - len(line) {
			b = append(b, "   "...)
		}
		b = append(b, ' ')
		b = append(appendSafe(b, line, 16), '\n')
	}
	return b
}
