package wire

import (
	"encoding/binary"
	"net/netip"
	"slices"
)

// Packet is a decoded frame. The zero Packet is ready for [Packet.Decode], and
// one Packet can decode any number of frames, one after the other. Everything
// that it returns is good until the next Decode, and only as long as the frame's
// bytes are left alone.
type Packet struct {
	// Data is the frame, from the first byte of the link layer's header, as
	// far as it was captured. Length is how many bytes it had on the wire.
	Data   []byte
	Length int

	options Options
	layers  []Layer
	faults  []Fault
	state
}

// Options say what is known of a frame beside its bytes.
type Options struct {
	// ChecksumNotReady says that the system had not yet filled in the
	// checksum of the transport layer when it captured the frame, because
	// the network card was to do it (TP_STATUS_CSUMNOTREADY in packet(7)).
	// It is then not wrong, whatever it is.
	ChecksumNotReady bool
}

// Layer is a part of a frame: a header, and what it carries.
type Layer struct {
	Protocol Protocol

	// The header is Data[Start:Payload], and what it carries
	// Data[Payload:End], all of it as far as it was captured.
	Start, Payload, End int

	// Missing is how many bytes at the end were not captured.
	Missing int

	// Checksum is what is known of the layer's own checksum.
	Checksum ChecksumState
}

// state is what layers tell those inside them, while a frame is decoded.
type state struct {
	end, missing int  // of what the layer at work may be, as in Layer
	ip           int  // index of the innermost IP layer, or -1
	routerAlert  bool // that layer has the option
	fragment     bool // that layer is a part of a packet
	packetEnd    int  // where the outermost network layer's packet ends, or -1
}

// mostLayers is how many layers are looked for. Only hostile frames have more.
const mostLayers = 24

// Decode takes a frame apart. length is how many bytes it had on the wire; of
// those, data are what was captured. The frame is lent, and not copied.
func (p *Packet) Decode(link LinkType, data []byte, length int, o Options) {
	p.reset(data, length, o)
	next, at := link.outermost(data), 0
	if next == Ethernet && p.plainUDP() {
		if next, at = p.overUDP(), plainHeaders; next == Payload && at == p.end {
			next = none
		}
	}
	p.decodeFrom(next, at)
}

// reset forgets one frame, and begins another.
func (p *Packet) reset(data []byte, length int, o Options) {
	p.Data, p.Length, p.options = data, max(length, len(data)), o
	p.layers, p.faults = p.layers[:0], p.faults[:0]
	p.state = state{end: len(data), missing: p.Length - len(data), ip: -1, packetEnd: -1}
}

// decodeFrom decodes the layers from an offset on, of which the first is known.
func (p *Packet) decodeFrom(next Protocol, at int) {
	for next != none {
		if len(p.layers) == mostLayers {
			p.fault(TooDeep, at, mostLayers, mostLayers)
			break
		}
		l := p.add(next, at, at, p.end, p.missing)
		next = protocols[next].decode(p)
		at, p.end, p.missing = l.Payload, l.End, l.Missing
		if next == Payload && at == p.end {
			break
		}
	}
	if end := len(p.Data); p.packetEnd >= 0 && p.packetEnd < end && len(p.layers) < mostLayers {
		p.add(Padding, p.packetEnd, end, end, p.Length-end)
	}
}

// add adds a layer. Field by field: a Layer that is built and then copied costs
// more than all the rest of decoding it.
func (p *Packet) add(is Protocol, start, payload, end, missing int) *Layer {
	n := len(p.layers)
	if n == cap(p.layers) {
		p.layers = slices.Grow(p.layers, mostLayers)
	}
	p.layers = p.layers[:n+1]
	l := &p.layers[n]
	l.Protocol, l.Checksum = is, Unverified
	l.Start, l.Payload, l.End, l.Missing = start, payload, end, missing
	return l
}

// Layers returns the layers, from the outermost in.
func (p *Packet) Layers() []Layer { return p.layers }

// Find returns the outermost layer of a protocol.
func (p *Packet) Find(of Protocol) (Layer, bool) {
	for _, l := range p.layers {
		if l.Protocol == of {
			return l, true
		}
	}
	return Layer{}, false
}

// Addresses returns source and destination of the outermost IP packet; false
// means that there is none.
func (p *Packet) Addresses() (source, destination netip.Addr, ok bool) {
	for _, l := range p.layers {
		if source, destination, ok = p.addressesOf(l); ok {
			return source, destination, true
		}
	}
	return source, destination, false
}

// Ports returns the ports of the outermost UDP or TCP header; false means that
// there is none.
func (p *Packet) Ports() (source, destination uint16, ok bool) {
	for _, l := range p.layers {
		if h := p.Header(l); (l.Protocol == UDP || l.Protocol == TCP) && len(h) >= 4 {
			return binary.BigEndian.Uint16(h), binary.BigEndian.Uint16(h[2:]), true
		}
	}
	return 0, 0, false
}

// addressesOf returns the addresses of an IP layer, if it is one, and they are
// there.
func (p *Packet) addressesOf(l Layer) (source, destination netip.Addr, ok bool) {
	h := p.Header(l)
	switch {
	case l.Protocol == IPv4 && len(h) >= 20:
		return netip.AddrFrom4([4]byte(h[12:])), netip.AddrFrom4([4]byte(h[16:])), true
	case l.Protocol == IPv6 && len(h) >= 40:
		return netip.AddrFrom16([16]byte(h[8:])), netip.AddrFrom16([16]byte(h[24:])), true
	}
	return source, destination, false
}

// carrier returns the IP layer that carries another one; false: there is none.
func (p *Packet) carrier(of Layer) (ip Layer, ok bool) {
	for _, l := range p.layers {
		if l.Start >= of.Start {
			break
		}
		if l.Protocol == IPv4 || l.Protocol == IPv6 {
			ip, ok = l, true
		}
	}
	return ip, ok
}

// inside returns what follows a layer directly, or none.
func (p *Packet) inside(l Layer) Protocol {
	for i, outer := range p.layers {
		if outer.Start == l.Start && outer.Protocol == l.Protocol && i+1 < len(p.layers) {
			return p.layers[i+1].Protocol
		}
	}
	return none
}

// hopLimit returns the hop limit of an IP layer whose header is there.
func (p *Packet) hopLimit(ip Layer) uint8 {
	if ip.Protocol == IPv4 {
		return p.Data[ip.Start+8]
	}
	return p.Data[ip.Start+7]
}

// Header returns the bytes of a layer's header.
func (p *Packet) Header(l Layer) []byte { return p.Data[l.Start:l.Payload] }

// Carried returns the bytes that a layer carries.
func (p *Packet) Carried(l Layer) []byte { return p.Data[l.Payload:l.End] }

// A decoder is called when the last layer begins at Start and may reach to End.
// It looks at the bytes by header, and returns what follows: a protocol that the
// header promises, Payload, or none. What follows begins where the header ends.

// last returns the layer at work.
func (p *Packet) last() *Layer { return &p.layers[len(p.layers)-1] }

// header makes the first n bytes of the layer at work its header. If there are
// fewer it notes that, and returns nil.
func (p *Packet) header(n int) []byte {
	l := p.last()
	if l.Start+n > l.End {
		p.short(n)
		return nil
	}
	l.Payload = l.Start + n
	return p.Data[l.Start:l.Payload]
}

// short notes that the layer at work should have n bytes, and has fewer.
func (p *Packet) short(n int) {
	l := p.last()
	have := l.End - l.Start
	l.Payload = l.End
	if have+l.Missing >= n {
		p.fault(Cut, l.Start, uint32(have), uint32(n))
		return
	}
	p.fault(Truncated, l.Start, uint32(have), uint32(n))
}

// limit says that the layer at work is n bytes long, header and all, as its
// header says. If that is more than there is it notes so.
func (p *Packet) limit(n, at int) {
	l := p.last()
	have := l.End - l.Start
	switch {
	case n <= have:
		l.End, l.Missing = l.Start+n, 0
	case n <= have+l.Missing:
		l.Missing = n - have
	default:
		p.fault(BadLength, at, uint32(n), uint32(have+l.Missing))
	}
	l.Payload = min(l.Payload, l.End)
}

// whole says that all of the layer at work was captured.
func (p *Packet) whole() bool { return p.last().Missing == 0 }

// decodeRest decodes what is not looked into.
func decodeRest(p *Packet) Protocol {
	l := p.last()
	l.Payload = l.End
	return none
}

// sayPayload says how long a frame is that is not looked into at all: its link type
// is not known, or what it claims to carry is no IP. Of others, the layer that carries
// the payload says it.
func sayPayload(p *Packet, l Layer, b []byte) []byte {
	if p.layers[0].Protocol != Payload {
		return b
	}
	return append(appendNumber(append(b, "payload "...), l.End-l.Start+l.Missing), " B"...)
}

var restFields = []field{{name: "data", kind: Bytes}}
