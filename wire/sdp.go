package wire

import (
	"bytes"
	"strconv"
)

// SDP, the session description protocol, RFC 8866: lines of a letter, an equals
// sign and a value. Those from an m= on belong to that stream.

var sdpFields = []field{
	{name: "version", kind: Number, value: func(_ *Packet, _ Layer, h []byte) (Value, bool) {
		v, ok := findLine(h, 'v')
		n, err := strconv.ParseUint(string(v), 10, 32)
		return Value{Number: n}, ok && err == nil
	}},
	{name: "origin", kind: Text, value: sdpLine('o')},
	{name: "session_name", kind: Text, value: sdpLine('s')},
	{name: "information", kind: Text, value: sdpLine('i')},
	{name: "uri", kind: Text, value: sdpLine('u')},
	{name: "connection", kind: Text, value: sdpLine('c')},
	{name: "bandwidth", kind: Text, value: sdpLine('b')},
	{name: "time", kind: Text, value: sdpLine('t')},
	{name: "attributes", kind: Records, at: 0, split: splitAttributes, record: sdpAttribute},
	{name: "media", kind: Records, at: 0, split: splitMedia, record: []field{
		{name: "media", kind: Text, value: sdpWord(0)},
		{name: "port", kind: Number, value: func(_ *Packet, _ Layer, h []byte) (Value, bool) {
			port, _, _ := bytes.Cut(mediaWord(h, 1), []byte("/"))
			n, err := strconv.ParseUint(string(port), 10, 16)
			return Value{Number: n}, err == nil
		}},
		{name: "port_count", kind: Number, value: func(_ *Packet, _ Layer, h []byte) (Value, bool) {
			_, count, ok := bytes.Cut(mediaWord(h, 1), []byte("/"))
			n, err := strconv.ParseUint(string(count), 10, 16)
			return Value{Number: n}, ok && err == nil
		}},
		{name: "protocol", kind: Text, value: sdpWord(2)},
		{name: "formats", kind: Text, value: sdpWord(3)},
		{name: "information", kind: Text, value: sdpLine('i')},
		{name: "connection", kind: Text, value: sdpLine('c')},
		{name: "bandwidth", kind: Text, value: sdpLine('b')},
		{name: "attributes", kind: Records, at: 0, split: splitAttributes, record: sdpAttribute},
	}},
}

var sdpAttribute = []field{{name: "attribute", kind: Text, at: 2}}

// sessionPart returns the lines before the first stream.
func sessionPart(h []byte) []byte {
	for rest := h; len(rest) > 0; {
		if rest[0] == 'm' && len(rest) < len(h) {
			return h[:len(h)-len(rest)]
		}
		_, rest = nextLine(rest)
	}
	return h
}

// findLine returns the value of the first line with a letter, of the session or, if
// h begins with an m=, of that stream.
func findLine(h []byte, letter byte) (value []byte, ok bool) {
	for rest := sessionPart(h); len(rest) > 0; {
		var line []byte
		if line, rest = nextLine(rest); len(line) >= 2 && line[0] == letter {
			return line[2:], true
		}
	}
	return nil, false
}

func sdpLine(letter byte) func(*Packet, Layer, []byte) (Value, bool) {
	return func(_ *Packet, _ Layer, h []byte) (Value, bool) {
		v, ok := findLine(h, letter)
		return Value{Bytes: v}, ok
	}
}

// mediaWord returns a part of an m= line: what it is, port, protocol, and the
// formats, which are the rest of it.
func mediaWord(h []byte, i int) []byte {
	line, _ := findLine(h, 'm')
	for range i {
		space := bytes.IndexByte(line, ' ')
		if space < 0 {
			return nil
		}
		line = line[space+1:]
	}
	if space := bytes.IndexByte(line, ' '); i < 3 && space >= 0 {
		line = line[:space]
	}
	return line
}

func sdpWord(i int) func(*Packet, Layer, []byte) (Value, bool) {
	return func(_ *Packet, _ Layer, h []byte) (Value, bool) {
		w := mediaWord(h, i)
		return Value{Bytes: w}, len(w) > 0
	}
}

// splitAttributes lends the a= lines of a session or a stream.
func splitAttributes(h, _ []byte, yield func([]byte) bool) {
	for rest := sessionPart(h); len(rest) > 0; {
		var line []byte
		if line, rest = nextLine(rest); len(line) >= 2 && line[0] == 'a' && !yield(line) {
			return
		}
	}
}

// splitMedia lends the lines of one stream after the other.
func splitMedia(h, _ []byte, yield func([]byte) bool) {
	for rest := h[len(sessionPart(h)):]; len(rest) > 0; {
		n := len(sessionPart(rest))
		if !yield(rest[:n]) {
			return
		}
		rest = rest[n:]
	}
}

func decodeSDP(p *Packet) Protocol {
	l := p.last()
	text := p.Data[l.Start:l.End]
	for rest := text; len(rest) > 0; {
		line, after := nextLine(rest)
		at := l.Start + len(text) - len(rest)
		if wrong := len(line) < 2 || line[1] != '=' || line[0] < 'a' || line[0] > 'z'; wrong && (len(after) > 0 || l.Missing == 0) {
			p.fault(BadSyntax, at, 0, 0)
			l.Payload = at
			return Payload
		}
		rest = after
	}
	l.Payload = l.End
	if len(text) == 0 || l.Missing > 0 {
		p.short(len(text) + 1)
	}
	return none
}

// mostMedia is how many streams of a session a line tells.
const mostMedia = 4

func saySDP(p *Packet, l Layer, b []byte) []byte {
	h := p.Header(l)
	b = append(b, "sdp"...)
	if name, ok := findLine(h, 's'); ok {
		b = append(appendSafe(append(b, ' ', '"'), name, 48), '"')
	}
	if c, ok := findLine(h, 'c'); ok {
		b = appendSafe(append(b, ' '), connectionAddress(c), 48)
	}
	said := 0
	for rest := h[len(sessionPart(h)):]; len(rest) > 0; said++ {
		if said == mostMedia {
			return append(b, ", more"...)
		}
		if said > 0 {
			b = append(b, ',')
		}
		n := len(sessionPart(rest))
		for i := range 4 {
			if w := mediaWord(rest[:n], i); len(w) > 0 {
				b = appendSafe(append(b, ' '), w, 32)
			}
		}
		if c, ok := findLine(rest[:n], 'c'); ok {
			b = appendSafe(append(b, " to "...), connectionAddress(c), 48)
		}
		rest = rest[n:]
	}
	return b
}

// connectionAddress returns the address of a connection: "IN IP4 239.1.1.1/127".
func connectionAddress(c []byte) []byte { return c[bytes.LastIndexByte(c, ' ')+1:] }
