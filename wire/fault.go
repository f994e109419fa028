package wire

import (
	"fmt"
	"strconv"
)

// Fault is something that is wrong with a frame.
type Fault struct {
	Kind   FaultKind
	Layer  int // which layer has it: an index into Layers
	Offset int // which byte of the frame

	// Have is what is there and Want what should be, as the kind says.
	Have, Want uint32
}

// FaultKind is what may be wrong.
type FaultKind uint8

// What may be wrong.
const (
	// Cut: the capture has only Have bytes of it, and Want are needed to
	// decode it. The frame itself may be right.
	Cut FaultKind = iota

	// Truncated: it has Have bytes, and at least Want are needed.
	Truncated

	// BadLength: a length is Have, and Want is possible at most; or, if Have
	// is the smaller one, at least.
	BadLength

	// BadChecksum: a checksum is Have, and Want is right.
	BadChecksum

	// BadCount: Have of something are announced, and there is room for Want.
	BadCount

	// BadVersion: the version is Have; only Want is known.
	BadVersion

	// BadHopLimit: the hop limit is Have, and has to be Want: 1 for IGMP and
	// MLD (RFC 9776, section 4; RFC 9777, section 5), 255 for VRRP (RFC 9568).
	BadHopLimit

	// NoRouterAlert: IGMP or MLD without the router alert option, which has
	// routers look at it (RFC 2113, RFC 2711).
	NoRouterAlert

	// NoChecksum: UDP over IPv6 without a checksum (RFC 8200, section 8.1).
	NoChecksum

	// BadSource: MLD that does not come from a link-local address (RFC 9777,
	// section 5.2.14).
	BadSource

	// BadFamily: an address is of a family, Have, that has no known length.
	BadFamily

	// TooDeep: there are more layers than Want.
	TooDeep

	// BadValue: a value that marks the protocol is Have, and has to be Want:
	// the sync byte of MPEG-TS, the flags of VXLAN.
	BadValue

	// BadSyntax: what begins at Offset is not of the form that the protocol
	// demands: a name, a line of text.
	BadSyntax

	// Discontinuity: the continuity counter of an MPEG-TS packet is Have, and
	// Want was next: packets are missing in between, or it is out of order.
	Discontinuity

	// Damaged: who sent it says that it is damaged: an MPEG-TS packet whose
	// transport error indicator is set.
	Damaged
)

var faultNames = [...]string{
	Cut: "cut", Truncated: "truncated", BadLength: "bad_length", BadChecksum: "bad_checksum", BadCount: "bad_count", BadVersion: "bad_version",
	BadHopLimit: "bad_hop_limit", NoRouterAlert: "no_router_alert", NoChecksum: "no_checksum", BadSource: "bad_source", BadFamily: "bad_family",
	TooDeep: "too_deep", BadValue: "bad_value", BadSyntax: "bad_syntax", Discontinuity: "discontinuity", Damaged: "damaged",
}

// String returns the name of the kind, as JSON has it: "bad_checksum".
func (k FaultKind) String() string {
	if int(k) < len(faultNames) {
		return faultNames[k]
	}
	return ""
}

// FaultKinds returns all kinds.
func FaultKinds() []FaultKind {
	all := make([]FaultKind, len(faultNames))
	for i := range all {
		all[i] = FaultKind(i)
	}
	return all
}

// mostFaults is how many faults of a frame are kept.
const mostFaults = 16

// fault notes what is wrong with the layer at work.
func (p *Packet) fault(k FaultKind, offset int, have, want uint32) {
	if len(p.faults) < mostFaults {
		p.faults = append(p.faults, Fault{k, max(len(p.layers)-1, 0), offset, have, want})
	}
}

// Faults returns what is wrong with the frame, in the order in which it was
// found, up to 16 of it.
func (p *Packet) Faults() []Fault { return p.faults }

// AppendFault appends what is wrong, in words.
func (p *Packet) AppendFault(b []byte, f Fault) []byte {
	name := ""
	if f.Layer < len(p.layers) {
		name = p.layers[f.Layer].Protocol.String()
	}
	number := func(v uint32) { b = strconv.AppendUint(b, uint64(v), 10) }
	switch f.Kind {
	case Cut:
		b = append(append(b, name...), " not captured beyond "...)
		number(f.Have)
		b = append(b, " bytes"...)
	case Truncated:
		b = append(append(b, name...), " truncated: "...)
		number(f.Have)
		b = append(b, " bytes, at least "...)
		number(f.Want)
		b = append(b, " needed"...)
	case BadLength:
		b = append(append(b, "bad "...), name...)
		b = append(b, " length "...)
		number(f.Have)
		b = append(b, ": "...)
		if f.Have < f.Want {
			b = append(b, "at least "...)
		} else {
			b = append(b, "at most "...)
		}
		number(f.Want)
		b = append(b, " possible"...)
	case BadChecksum:
		b = append(append(b, "bad "...), name...)
		b = append(b, " checksum "...)
		b = appendHex(b, uint64(f.Have), 4)
		b = append(b, ", right is "...)
		b = appendHex(b, uint64(f.Want), 4)
	case BadCount:
		b = append(append(b, name...), " announces "...)
		number(f.Have)
		b = append(b, ", room for "...)
		number(f.Want)
	case BadVersion:
		b = append(append(b, name...), " version "...)
		number(f.Have)
		b = append(b, ", not "...)
		number(f.Want)
	case BadHopLimit:
		b = append(append(b, name...), " with hop limit "...)
		number(f.Have)
		b = append(b, ", not "...)
		number(f.Want)
	case NoRouterAlert:
		b = append(append(b, name...), " without router alert"...)
	case NoChecksum:
		b = append(append(b, name...), " without checksum over IPv6"...)
	case BadSource:
		b = append(append(b, name...), " not from a link-local address"...)
	case BadFamily:
		b = append(append(b, name...), " address of unknown family "...)
		number(f.Have)
	case TooDeep:
		b = append(b, "more than "...)
		number(f.Want)
		b = append(b, " layers"...)
	case BadValue:
		b = append(append(b, name...), " marked "...)
		b = appendHex(b, uint64(f.Have), 2)
		b = append(b, ", not "...)
		b = appendHex(b, uint64(f.Want), 2)
	case BadSyntax:
		b = append(append(b, name...), " garbled from byte "...)
		number(uint32(f.Offset))
		b = append(b, " on"...)
	case Discontinuity:
		b = append(append(b, name...), " continuity counter "...)
		number(f.Have)
		b = append(b, ", not "...)
		number(f.Want)
	case Damaged:
		b = append(append(b, name...), " packet marked as damaged"...)
	default:
		b = fmt.Appendf(b, "fault %d", f.Kind)
	}
	return b
}
