package wire

import (
	"encoding/binary"
	"net/netip"
	"slices"
)

// Kind is what kind of value a field has.
type Kind uint8

// The kinds of values.
const (
	Number    Kind = iota // Value.Number
	Hex                   // Value.Number, which people read in hexadecimal
	Flag                  // Value.Number: 0 or 1
	Address               // Value.Addr: an IP address
	MAC                   // Value.Bytes: an Ethernet address, 6 bytes
	Bytes                 // Value.Bytes
	Text                  // Value.Bytes: text, as it came; it may hold anything
	Addresses             // Value.List of Address
	Records               // Value.List of Record
	Record                // Value.Fields
	Signed                // int64(Value.Number)
)

// Field is a field of a header, with its value in one frame.
type Field struct {
	Name  string // stable: "hop_limit"
	Value Value

	// Meaning is the name of the number, "membership report", or "".
	Meaning string
}

// Value is what a field says. Which of its parts count, its kind tells.
type Value struct {
	Kind   Kind
	Number uint64
	Addr   netip.Addr
	Bytes  []byte // lent from the frame
	List   []Value
	Fields []Field
}

// field describes a field of a header. Usually it is at a fixed place; value and
// records are for those that are not.
type field struct {
	name string
	kind Kind

	// It is in size bytes from the byte at, counted from the start of the
	// header; a size of 0 reaches to the header's end. Of numbers, bits bits
	// count, after shift have been dropped on the right; 0 bits are all.
	// Addresses and records reach to the header's end, and size is that of one
	// address.
	at, size    int
	bits, shift uint8

	names []name              // what numbers mean
	when  func(h []byte) bool // whether the header has it; nil: it has

	// value computes what is at no fixed place. The header is all there as
	// far as its decoder demands, and false says that the field is not.
	value func(p *Packet, l Layer, h []byte) (Value, bool)

	// split lends the records of a field of kind Records, which are in b, the
	// end of the header h, and record describes one.
	split  func(h, b []byte, yield func(record []byte) bool)
	record []field
}

// name is what a number means.
type name struct {
	number uint64
	means  string
}

// nameOf returns what a number means, or "".
func nameOf(names []name, number uint64) string {
	for _, n := range names {
		if n.number == number {
			return n.means
		}
	}
	return ""
}

// checksumState is the field that says what is known of the checksum.
const checksumState = "checksum_state"

// Fields returns the fields of a layer, given by its index, in their order on
// the wire. Those that were not captured are missing. It allocates.
func (p *Packet) Fields(layer int) []Field {
	l := p.layers[layer]
	list := p.fieldsOf(l, p.Header(l), protocols[l.Protocol].fields)
	if l.Checksum != Unverified {
		list = append(list, Field{Name: checksumState, Value: Value{Kind: Text, Bytes: []byte(l.Checksum.String())}})
	}
	return list
}

// fieldsOf returns the fields of a header or a record.
func (p *Packet) fieldsOf(l Layer, h []byte, fields []field) []Field {
	list := make([]Field, 0, len(fields))
	for i := range fields {
		f := &fields[i]
		if f.when != nil && !f.when(h) {
			continue
		}
		var (
			v  Value
			ok bool
		)
		if f.value != nil {
			v, ok = f.value(p, l, h)
			v.Kind = f.kind
		} else {
			v, ok = p.read(l, f, h)
		}
		if ok {
			list = append(list, Field{f.name, v, nameOf(f.names, v.Number)})
		}
	}
	return list
}

// read returns the value of a field at a fixed place; false: it is not there.
func (p *Packet) read(l Layer, f *field, h []byte) (Value, bool) {
	v := Value{Kind: f.kind}
	if f.at > len(h) || f.at+f.size > len(h) {
		return v, false
	}
	b := h[f.at:]
	switch f.kind {
	case Addresses:
		v.List = addresses(b, f.size)
		return v, true
	case Records:
		v.List = []Value{}
		f.split(h, b, func(record []byte) bool {
			v.List = append(v.List, Value{Kind: Record, Fields: p.fieldsOf(l, record, f.record)})
			return true
		})
		return v, true
	}
	if f.size > 0 {
		b = b[:f.size]
	}
	switch f.kind {
	case Number, Hex, Flag:
		v.Number = f.part(number(b))
	case Signed:
		unused := 64 - 8*len(b)
		v.Number = uint64(int64(number(b)) << unused >> unused)
	case Address:
		v.Addr, _ = netip.AddrFromSlice(b)
	default:
		v.Bytes = b
	}
	return v, true
}

// part returns the bits of a number that a field is.
func (f *field) part(n uint64) uint64 {
	n >>= f.shift
	if f.bits > 0 {
		n &= 1<<f.bits - 1
	}
	return n
}

// number returns up to eight bytes as a number, in network byte order.
func number(b []byte) (n uint64) {
	if len(b) == 2 {
		return uint64(binary.BigEndian.Uint16(b))
	}
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

// addresses returns bytes as IP addresses of a size. What is left over is left
// out.
func addresses(b []byte, size int) []Value {
	list := []Value{}
	for a := range slices.Chunk(b[:len(b)/size*size], size) {
		addr, _ := netip.AddrFromSlice(a)
		list = append(list, Value{Kind: Address, Addr: addr})
	}
	return list
}

// byteIs returns a condition of fields: that a byte of the header is one of some.
func byteIs(at int, values ...byte) func(h []byte) bool {
	return func(h []byte) bool { return len(h) > at && slices.Contains(values, h[at]) }
}
