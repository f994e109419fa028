package wire

import "bytes"

// SSDP: HTTP over UDP, as UPnP Device Architecture 2.0 has it in section 1. A
// message is a line that says what it is, and headers.

var ssdpFields = []field{
	{name: "start_line", kind: Text, value: func(_ *Packet, _ Layer, h []byte) (Value, bool) {
		line, _ := nextLine(h)
		return Value{Bytes: line}, len(line) > 0
	}},
	{name: "nts", kind: Text, value: ssdpHeader("NTS")},
	{name: "nt", kind: Text, value: ssdpHeader("NT")},
	{name: "st", kind: Text, value: ssdpHeader("ST")},
	{name: "usn", kind: Text, value: ssdpHeader("USN")},
	{name: "location", kind: Text, value: ssdpHeader("LOCATION")},
	{name: "headers", kind: Records, at: 0, split: splitHeaders, record: []field{ // all of them
		{name: "name", kind: Text, value: func(_ *Packet, _ Layer, h []byte) (Value, bool) {
			name, _, ok := cutHeader(h)
			return Value{Bytes: name}, ok
		}},
		{name: "value", kind: Text, value: func(_ *Packet, _ Layer, h []byte) (Value, bool) {
			_, value, ok := cutHeader(h)
			return Value{Bytes: value}, ok
		}},
	}},
}

// looksSSDP tells whether a datagram is a request of SSDP, or a response.
func looksSSDP(body []byte) bool {
	if len(body) < 8 {
		return false
	}
	switch string(body[:8]) {
	case "NOTIFY *", "M-SEARCH", "HTTP/1.0", "HTTP/1.1":
		return true
	}
	return false
}

// nextLine returns the first line of a text, without what ends it, and the rest.
func nextLine(text []byte) (line, rest []byte) {
	line = text
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		line, rest = text[:i], text[i+1:]
	}
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line, rest
}

// cutHeader returns name and value of a header; false: the line is none.
func cutHeader(line []byte) (name, value []byte, ok bool) {
	i := bytes.IndexByte(line, ':')
	if i <= 0 {
		return nil, nil, false
	}
	return line[:i], bytes.TrimSpace(line[i+1:]), true
}

// splitHeaders lends the lines behind the first one, up to an empty one.
func splitHeaders(_, b []byte, yield func([]byte) bool) {
	for _, rest := nextLine(b); len(rest) > 0; {
		var line []byte
		if line, rest = nextLine(rest); len(line) == 0 || !yield(line) {
			return
		}
	}
}

// findHeader returns the value of a header, whose name is said in any case.
func findHeader(h []byte, name string) (value []byte, ok bool) {
	for _, rest := nextLine(h); len(rest) > 0; {
		var line []byte
		if line, rest = nextLine(rest); len(line) == 0 {
			break
		}
		if n, v, ok := cutHeader(line); ok && bytes.EqualFold(n, []byte(name)) {
			return v, true
		}
	}
	return nil, false
}

func ssdpHeader(name string) func(*Packet, Layer, []byte) (Value, bool) {
	return func(_ *Packet, _ Layer, h []byte) (Value, bool) {
		v, ok := findHeader(h, name)
		return Value{Bytes: v}, ok
	}
}

func decodeSSDP(p *Packet) Protocol {
	l := p.last()
	text := p.Data[l.Start:l.End]
	_, rest := nextLine(text)
	for len(rest) > 0 {
		line, after := nextLine(rest)
		at := len(text) - len(rest)
		if len(line) == 0 { // what follows is no header
			l.Payload = l.Start + len(text) - len(after)
			return Payload
		}
		if _, _, ok := cutHeader(line); !ok && (len(after) > 0 || l.Missing == 0) {
			p.fault(BadSyntax, l.Start+at, 0, 0)
			l.Payload = l.Start + at
			return Payload
		}
		rest = after
	}
	// The empty line that ends the headers is not there.
	p.short(len(text) + 1)
	return none
}

func saySSDP(p *Packet, l Layer, b []byte) []byte {
	h := p.Header(l)
	line, _ := nextLine(h)
	b = append(b, "ssdp "...)
	if i := bytes.IndexByte(line, ' '); i > 0 && line[0] != 'H' {
		line = line[:i] // NOTIFY, M-SEARCH: the rest is always the same
	}
	b = appendSafe(b, line, 40)
	for _, name := range [...]string{"NTS", "NT", "ST", "LOCATION"} {
		if v, ok := findHeader(h, name); ok {
			b = appendSafe(append(b, ' '), v, 80)
		}
	}
	return b
}
