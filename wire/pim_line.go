package wire

import (
	"net/netip"
)

// What PIM messages mean, in words.

func sayPIM(p *Packet, l Layer, b []byte) []byte {
	ip, _ := p.carrier(l)
	source, destination, ok := p.addressesOf(ip)
	h := p.Header(l)
	if pimType(h) == pimRegister {
		h = p.Data[l.Start:l.End] // with the packet that it carries
	}
	if !ok || len(h) < 4 {
		return b
	}
	if h[0]>>4 == 2 {
		if said, ok := appendPIM(h, source, destination, b); ok {
			return said
		}
	}
	b = append(p.appendHosts(b, l), " pim "...)
	if pimType(h) == 13 {
		return appendNameOf(b, pimSubtypes, "type ", uint64(h[1]>>4))
	}
	return appendNameOf(b, pimTypes, "type ", uint64(h[0]&0xf))
}

// appendPIM appends what a message means; false: there is not enough of it, or its
// meaning is not known.
func appendPIM(h []byte, source, destination netip.Addr, b []byte) ([]byte, bool) {
	r := pimReader{h: h, at: 4}
	b = source.AppendTo(b)
	switch pimType(h) {
	case pimHello:
		return sayHello(h, b), true

	case pimRegister:
		addrs, ok := registered(h)
		if isNull(h) {
			b = append(b, " null-registers "...)
		} else {
			b = append(b, " registers "...)
		}
		b = append(addrs[0].AppendTo(b), " > "...)
		b = append(addrs[1].AppendTo(b), " with RP "...)
		if b = destination.AppendTo(b); !isNull(h) {
			b = append(b, ':') // what it carries speaks for itself
		}
		return b, ok

	case pimRegisterStop:
		g, _ := r.group()
		s, ok := r.unicast()
		b = destination.AppendTo(append(b, " asks "...))
		b = append(b, " to stop registering "...)
		if s.IsUnspecified() {
			b = append(b, "any source"...)
		} else {
			b = s.AppendTo(b)
		}
		return g.append(append(b, " > "...)), ok

	case pimJoinPrune, pimGraft:
		j := newJoins(h)
		if j.lost {
			return b, false
		}
		b = j.upstream.AppendTo(append(b, " asks "...))
		if pimType(h) == pimGraft {
			return j.say(b, " to graft ", " to graft, as prunes, ")
		}
		b, ok := j.say(b, " to join ", " to prune ")
		return appendHoldtime(b, j.holdtime), ok

	case pimGraftAck:
		j := newJoins(h)
		b = destination.AppendTo(append(b, " confirms to "...))
		return j.say(b, " the graft of ", " the graft, as prunes, of ")

	case pimBootstrap:
		return sayBootstrap(r, b)

	case pimAssert:
		g, _ := r.group()
		s, _ := r.unicast()
		preference, metric := r.long(), r.long()
		// A route that is infinitely bad takes an assert back (RFC 7761,
		// section 4.6.3).
		cancel := preference&0x7fffffff == 0x7fffffff && metric == 0xffffffff
		if cancel {
			b = append(b, " no longer asserts that it forwards "...)
		} else {
			b = append(b, " asserts that it forwards "...)
		}
		if s.IsUnspecified() {
			b = append(g.append(append(b, "(*,"...)), ')')
		} else {
			b = append(g.append(append(s.AppendTo(append(b, '(')), ',')), ')')
		}
		if !cancel {
			if preference>>31 != 0 {
				b = append(b, " by way of the RP"...)
			}
			b = appendNumber(append(b, ", preference "...), preference&0x7fffffff)
			b = appendNumber(append(b, ", metric "...), metric)
		}
		return b, !r.lost

	case pimCandidateRP:
		n, priority := r.number(1), r.number(1)
		holdtime := r.number(2)
		rp, ok := r.unicast()
		b = rp.AppendTo(append(b, " offers "...))
		b = append(b, " as RP for "...)
		if n == 0 {
			b = append(b, "all groups"...)
		}
		for i := range n {
			if i == mostSaid {
				b = append(appendNumber(append(b, " and "...), n-i), " more"...)
				break
			}
			g, ok := r.group()
			if !ok {
				break
			}
			if i > 0 {
				b = append(b, ", "...)
			}
			b = g.append(b)
		}
		b = appendNumber(append(b, ", priority "...), priority)
		return appendHoldtime(b, holdtime), ok

	case pimStateRefresh:
		g, _ := r.group()
		s, _ := r.unicast()
		originator, ok := r.unicast()
		b = s.AppendTo(append(b, " refreshes the state of ("...))
		b = append(g.append(append(b, ',')), ')')
		return originator.AppendTo(append(b, ", originated by "...)), ok
	}
	return b, false
}

func sayHello(h, b []byte) []byte {
	holdtime, ok := helloNumber(h, helloHoldtime)
	if ok && holdtime == 0 {
		return append(b, " is no longer a PIM neighbor"...)
	}
	b = append(b, " is a PIM neighbor"...)
	if ok {
		b = appendTime(b, int(holdtime))
	}
	if priority, ok := helloNumber(h, helloPriority); ok {
		b = appendNumber(append(b, ", DR priority "...), priority)
	}
	return b
}

// appendHoldtime appends for how long a state is held.
func appendHoldtime(b []byte, seconds int) []byte { return appendTime(append(b, ','), seconds) }

// appendTime appends " for 105 s"; the greatest number is for ever.
func appendTime(b []byte, seconds int) []byte {
	if seconds == 0xffff {
		return append(b, " for ever"...)
	}
	return append(appendNumber(append(b, " for "...), seconds), " s"...)
}

// say says what is joined and pruned, each after its words; false: nothing can be
// read.
func (j *joins) say(b []byte, join, prune string) ([]byte, bool) {
	said, more := 0, 0
	last := ""
	for g, ok := j.next(); ok; g, ok = j.next() {
		for i := range g.joined + g.pruned {
			s, ok := j.source()
			if !ok {
				break
			}
			if said == mostSaid {
				more++
				continue
			}
			verb := join
			if i >= g.joined {
				verb = prune
			}
			switch {
			case verb != last && said > 0:
				b = append(append(b, " and"...), verb...)
			case verb != last:
				b = append(b, verb...)
			default:
				b = append(b, ", "...)
			}
			b, last = s.append(b, g.pimGroup), verb
			said++
		}
	}
	if said == 0 {
		return append(append(b, join...), "nothing"...), !j.lost
	}
	if more > 0 {
		b = append(appendNumber(append(b, " and "...), more), " more"...)
	}
	return b, true
}

func sayBootstrap(r pimReader, b []byte) ([]byte, bool) {
	r.bytes(3)
	priority := r.number(1)
	bsr, ok := r.unicast()
	b = bsr.AppendTo(append(b, " announces BSR "...))
	b = appendNumber(append(b, ", priority "...), priority)
	said := 0
	for r.at < len(r.h) && !r.lost {
		g, _ := r.group()
		r.bytes(1)
		n := r.number(1)
		if r.bytes(2); r.lost {
			break
		}
		if said == mostSaid {
			return append(b, "; and more groups"...), ok
		}
		b = g.append(append(b, "; RP for "...))
		if n == 0 {
			b = append(b, ": none"...)
		}
		for i := range n {
			rp, ok := r.unicast()
			if r.bytes(4); !ok || r.lost {
				break
			}
			switch {
			case i == 0:
				b = rp.AppendTo(append(b, ": "...))
			case i < mostSaid:
				b = rp.AppendTo(append(b, ", "...))
			case i == n-1:
				b = append(appendNumber(append(b, " and "...), n-mostSaid), " more"...)
			}
		}
		said++
	}
	return b, ok
}

// registered returns source and group of the packet in a register, or of the header
// in a null-register.
func registered(h []byte) (addrs [2]netip.Addr, ok bool) {
	if len(h) < 8 {
		return addrs, false
	}
	inner := h[8:]
	switch {
	case len(inner) >= 20 && inner[0]>>4 == 4:
		return [2]netip.Addr{address(inner[12:16]), address(inner[16:20])}, true
	case len(inner) >= 40 && inner[0]>>4 == 6:
		return [2]netip.Addr{address(inner[8:24]), address(inner[24:40])}, true
	}
	return addrs, false
}
