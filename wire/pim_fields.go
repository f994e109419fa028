package wire

import (
	"encoding/binary"
	"slices"
)

// The fields of PIM messages, type by type.

var pimFields = []field{
	{name: "version", kind: Number, at: 0, size: 1, bits: 4, shift: 4},
	{name: "type", kind: Number, at: 0, size: 1, bits: 4, names: pimTypes},
	{name: "subtype", kind: Number, at: 1, size: 1, bits: 4, shift: 4, names: pimSubtypes, when: func(h []byte) bool { return pimType(h) >= 13 }},
	{name: "flags", kind: Hex, at: 1, size: 1, when: func(h []byte) bool { return pimType(h) < 13 }},
	{name: "checksum", kind: Hex, at: 2, size: 2},

	{name: "options", kind: Records, at: 4, when: pimIs(pimHello), split: splitHello, record: helloFields},

	{name: "border", kind: Flag, at: 4, size: 4, bits: 1, shift: 31, when: pimIs(pimRegister)},
	{name: "null_register", kind: Flag, at: 4, size: 4, bits: 1, shift: 30, when: pimIs(pimRegister)},
	{name: "source", kind: Address, value: nullAddress(0)},
	{name: "group", kind: Address, value: nullAddress(1)},

	{name: "group", kind: Address, when: pimIs(pimRegisterStop, pimAssert, pimStateRefresh), value: encodedAddress(4, groupHead)},
	{name: "group_mask_length", kind: Number, at: 7, size: 1, when: pimIs(pimRegisterStop, pimAssert, pimStateRefresh)},
	{name: "source", kind: Address, when: pimIs(pimRegisterStop, pimAssert, pimStateRefresh), value: behind(groupHead, encodedAddress(0, unicastHead))},
	{name: "originator", kind: Address, when: pimIs(pimStateRefresh), value: behind(groupHead, behindUnicast(encodedAddress(0, unicastHead)))},
	{name: "rpt", kind: Flag, when: pimIs(pimAssert), value: assertNumber(0, 31, 1)},
	{name: "metric_preference", kind: Number, when: pimIs(pimAssert), value: assertNumber(0, 0, 31)},
	{name: "metric", kind: Number, when: pimIs(pimAssert), value: assertNumber(4, 0, 32)},
	{name: "rpt", kind: Flag, when: pimIs(pimStateRefresh), value: refreshNumber(0, 4, 31, 1)},
	{name: "metric_preference", kind: Number, when: pimIs(pimStateRefresh), value: refreshNumber(0, 4, 0, 31)},
	{name: "metric", kind: Number, when: pimIs(pimStateRefresh), value: refreshNumber(4, 4, 0, 32)},
	{name: "mask_length", kind: Number, when: pimIs(pimStateRefresh), value: refreshNumber(8, 1, 0, 8)},
	{name: "ttl", kind: Number, when: pimIs(pimStateRefresh), value: refreshNumber(9, 1, 0, 8)},
	{name: "prune_indicator", kind: Flag, when: pimIs(pimStateRefresh), value: refreshNumber(10, 1, 7, 1)},
	{name: "prune_now", kind: Flag, when: pimIs(pimStateRefresh), value: refreshNumber(10, 1, 6, 1)},
	{name: "assert_override", kind: Flag, when: pimIs(pimStateRefresh), value: refreshNumber(10, 1, 5, 1)},
	{name: "interval_s", kind: Number, when: pimIs(pimStateRefresh), value: refreshNumber(11, 1, 0, 8)},

	{name: "upstream_neighbor", kind: Address, when: pimIs(pimJoinPrune, pimGraft, pimGraftAck), value: encodedAddress(4, unicastHead)},
	{name: "group_count", kind: Number, when: pimIs(pimJoinPrune, pimGraft, pimGraftAck), value: joinsNumber(1, 1)},
	{name: "holdtime_s", kind: Number, when: pimIs(pimJoinPrune, pimGraft, pimGraftAck), value: joinsNumber(2, 2)},
	{name: "groups", kind: Records, at: 0, when: pimIs(pimJoinPrune, pimGraft, pimGraftAck), split: splitJoins, record: joinFields},

	{name: "fragment_tag", kind: Hex, at: 4, size: 2, when: pimIs(pimBootstrap)},
	{name: "hash_mask_length", kind: Number, at: 6, size: 1, when: pimIs(pimBootstrap)},
	{name: "priority", kind: Number, at: 7, size: 1, when: pimIs(pimBootstrap)},
	{name: "bsr", kind: Address, when: pimIs(pimBootstrap), value: encodedAddress(8, unicastHead)},
	{name: "mappings", kind: Records, at: 0, when: pimIs(pimBootstrap), split: splitBootstrap, record: bootstrapFields},

	{name: "prefix_count", kind: Number, at: 4, size: 1, when: pimIs(pimCandidateRP)},
	{name: "priority", kind: Number, at: 5, size: 1, when: pimIs(pimCandidateRP)},
	{name: "holdtime_s", kind: Number, at: 6, size: 2, when: pimIs(pimCandidateRP)},
	{name: "rp", kind: Address, when: pimIs(pimCandidateRP), value: encodedAddress(8, unicastHead)},
	{name: "prefixes", kind: Records, at: 0, when: pimIs(pimCandidateRP), split: splitCandidate, record: groupFields},

	{name: "data", kind: Bytes, at: 4, when: func(h []byte) bool { return pimType(h) > pimStateRefresh && len(h) > 4 }},
}

// pimIs tells whether a header is that of one of some types.
func pimIs(types ...int) func(h []byte) bool {
	return func(h []byte) bool {
		for _, t := range types {
			if pimType(h) == t {
				return true
			}
		}
		return false
	}
}

type valueFunc = func(p *Packet, l Layer, h []byte) (Value, bool)

// encodedAddress makes the value of the address that is encoded at a byte.
func encodedAddress(at, head int) valueFunc {
	return func(_ *Packet, _ Layer, h []byte) (Value, bool) {
		r := pimReader{h: h, at: at}
		a, _, _, ok := r.encoded(head)
		return Value{Addr: a}, ok
	}
}

// behind makes the value of what is behind the address that is encoded where the
// body of the message begins.
func behind(head int, of valueFunc) valueFunc { return after(4, head, of) }

// behindUnicast makes the value of what is behind an address that the bytes begin
// with.
func behindUnicast(of valueFunc) valueFunc { return after(0, unicastHead, of) }

func after(at, head int, of valueFunc) valueFunc {
	return func(p *Packet, l Layer, h []byte) (Value, bool) {
		r := pimReader{h: h, at: at}
		if _, _, _, ok := r.encoded(head); !ok {
			return Value{}, false
		}
		return of(p, l, h[r.at:])
	}
}

// numberAt makes the value of a number at a place.
func numberAt(at, size int, shift, bits uint8) valueFunc {
	return func(_ *Packet, _ Layer, h []byte) (Value, bool) {
		if len(h) < at+size {
			return Value{}, false
		}
		return Value{Number: number(h[at:at+size]) >> shift & (1<<bits - 1)}, true
	}
}

func assertNumber(at int, shift, bits uint8) valueFunc {
	return behind(groupHead, behindUnicast(numberAt(at, 4, shift, bits)))
}

// refreshNumber makes the value of a number behind the addresses of a state refresh
// (RFC 3973, section 4.7.10).
func refreshNumber(at, size int, shift, bits uint8) valueFunc {
	return behind(groupHead, behindUnicast(behindUnicast(numberAt(at, size, shift, bits))))
}

func joinsNumber(at, size int) valueFunc {
	return behind(unicastHead, numberAt(at, size, 0, 16))
}

// nullAddress makes the value of one of the addresses of the IP header in a
// null-register.
func nullAddress(i int) valueFunc {
	return func(_ *Packet, _ Layer, h []byte) (Value, bool) {
		if pimType(h) != pimRegister || !isNull(h) {
			return Value{}, false
		}
		addrs, ok := registered(h)
		return Value{Addr: addrs[i]}, ok
	}
}

// helloFields are those of an option: a type, a length, and by type what follows.
var helloFields = []field{
	{name: "type", kind: Number, at: 0, size: 2, names: helloOptions},
	{name: "length", kind: Number, at: 2, size: 2},
	{name: "holdtime_s", kind: Number, at: 4, size: 2, when: helloIs(helloHoldtime)},
	{name: "tracking", kind: Flag, at: 4, size: 2, bits: 1, shift: 15, when: helloIs(helloPruneDelay)},
	{name: "propagation_delay_ms", kind: Number, at: 4, size: 2, bits: 15, when: helloIs(helloPruneDelay)},
	{name: "override_interval_ms", kind: Number, at: 6, size: 2, when: helloIs(helloPruneDelay)},
	{name: "dr_priority", kind: Number, at: 4, size: 4, when: helloIs(helloPriority)},
	{name: "generation_id", kind: Hex, at: 4, size: 4, when: helloIs(helloGeneration)},
	{name: "version", kind: Number, at: 4, size: 1, when: helloIs(helloStateRefresh)},
	{name: "interval_s", kind: Number, at: 5, size: 1, when: helloIs(helloStateRefresh)},
	{name: "addresses", kind: Addresses, when: helloIs(helloAddresses, 65001), value: func(_ *Packet, _ Layer, h []byte) (Value, bool) {
		v := Value{List: []Value{}}
		r := pimReader{h: h, at: 4}
		for a, ok := r.unicast(); ok; a, ok = r.unicast() {
			v.List = append(v.List, Value{Kind: Address, Addr: a})
		}
		return v, true
	}},
	{name: "data", kind: Bytes, at: 4, when: func(h []byte) bool {
		return len(h) > 4 && !helloIs(helloHoldtime, helloPruneDelay, helloPriority, helloGeneration, helloStateRefresh, helloAddresses, 65001)(h)
	}},
}

// helloIs tells whether an option is of one of some types.
func helloIs(types ...uint16) func(h []byte) bool {
	return func(h []byte) bool {
		for _, t := range types {
			if len(h) >= 2 && binary.BigEndian.Uint16(h) == t {
				return true
			}
		}
		return false
	}
}

func splitHello(h, _ []byte, yield func([]byte) bool) {
	r := pimReader{h: h, at: 4}
	for r.at < len(h) {
		start := r.at
		r.bytes(2)
		r.bytes(r.number(2))
		if r.lost || !yield(h[start:r.at]) {
			return
		}
	}
}

// groupFields are those of a group, or of a source without its flags.
var groupFields = []field{
	{name: "address", kind: Address, value: encodedAddress(0, groupHead)},
	{name: "mask_length", kind: Number, at: 3, size: 1},
	{name: "bidirectional", kind: Flag, at: 2, size: 1, bits: 1, shift: 7},
	{name: "scope_zone", kind: Flag, at: 2, size: 1, bits: 1},
}

var joinFields = []field{
	{name: "address", kind: Address, value: encodedAddress(0, groupHead)},
	{name: "mask_length", kind: Number, at: 3, size: 1},
	{name: "joined_count", kind: Number, value: after(0, groupHead, numberAt(0, 2, 0, 16))},
	{name: "pruned_count", kind: Number, value: after(0, groupHead, numberAt(2, 2, 0, 16))},
	{name: "joined", kind: Records, at: 0, split: splitSources(true), record: sourceFields},
	{name: "pruned", kind: Records, at: 0, split: splitSources(false), record: sourceFields},
}

var sourceFields = []field{
	{name: "address", kind: Address, value: encodedAddress(0, groupHead)},
	{name: "mask_length", kind: Number, at: 3, size: 1},
	{name: "sparse", kind: Flag, at: 2, size: 1, bits: 1, shift: 2},
	{name: "wildcard", kind: Flag, at: 2, size: 1, bits: 1, shift: 1},
	{name: "rpt", kind: Flag, at: 2, size: 1, bits: 1},
	{name: "attributes", kind: Bytes, value: func(_ *Packet, _ Layer, h []byte) (Value, bool) {
		r := pimReader{h: h}
		_, _, _, ok := r.encoded(groupHead)
		return Value{Bytes: h[r.at:]}, ok && r.at < len(h)
	}},
}

// splitJoins lends the groups of a message, with their sources.
func splitJoins(h, _ []byte, yield func([]byte) bool) {
	j := newJoins(h)
	for {
		start := j.at
		g, ok := j.next()
		if !ok {
			return
		}
		for range g.joined + g.pruned {
			if _, ok := j.source(); !ok {
				break
			}
		}
		if !yield(h[start:min(j.at, len(h))]) {
			return
		}
	}
}

// splitSources lends the joined or the pruned sources of a group.
func splitSources(joined bool) func(h, _ []byte, yield func([]byte) bool) {
	return func(h, _ []byte, yield func([]byte) bool) {
		j := joins{pimReader: pimReader{h: h}, groups: 1}
		g, ok := j.next()
		for i := 0; ok && i < g.joined+g.pruned; i++ {
			start := j.at
			if _, ok = j.source(); ok && (i < g.joined) == joined && !yield(h[start:j.at]) {
				return
			}
		}
	}
}

var bootstrapFields = slices.Concat(groupFields, []field{
	{name: "rp_count", kind: Number, value: after(0, groupHead, numberAt(0, 1, 0, 8))},
	{name: "fragment_rp_count", kind: Number, value: after(0, groupHead, numberAt(1, 1, 0, 8))},
	{name: "rps", kind: Records, at: 0, split: splitRPs, record: []field{
		{name: "address", kind: Address, value: encodedAddress(0, unicastHead)},
		{name: "holdtime_s", kind: Number, value: behindUnicast(numberAt(0, 2, 0, 16))},
		{name: "priority", kind: Number, value: behindUnicast(numberAt(2, 1, 0, 8))},
	}},
})

// splitBootstrap lends the groups of a message, with their RPs.
func splitBootstrap(h, _ []byte, yield func([]byte) bool) {
	r := pimReader{h: h, at: 8}
	r.unicast()
	for !r.lost && r.at < len(h) {
		start := r.at
		r.group()
		r.bytes(1)
		n := r.number(1)
		if r.bytes(2); r.lost {
			return
		}
		for i := 0; i < n && !r.lost; i++ {
			r.unicast()
			r.bytes(4)
		}
		if !yield(h[start:r.at]) {
			return
		}
	}
}

// splitRPs lends the RPs of a group of a bootstrap.
func splitRPs(h, _ []byte, yield func([]byte) bool) {
	r := pimReader{h: h}
	r.group()
	r.bytes(4)
	for {
		start := r.at
		r.unicast()
		if r.bytes(4); r.lost || !yield(h[start:r.at]) {
			return
		}
	}
}

// splitCandidate lends the groups of a candidate's advertisement.
func splitCandidate(h, _ []byte, yield func([]byte) bool) {
	r := pimReader{h: h, at: 4}
	n := r.number(1)
	r.bytes(3)
	r.unicast()
	for range n {
		start := r.at
		if r.group(); r.lost || !yield(h[start:r.at]) {
			return
		}
	}
}
