package wire

import "encoding/binary"

// PIM version 2, RFC 7761. Version 1 is a type of IGMP.

// Types of PIM messages (IANA, PIM Message Types).
const (
	pimHello        = 0
	pimRegister     = 1
	pimRegisterStop = 2
	pimJoinPrune    = 3
	pimBootstrap    = 4
	pimAssert       = 5
	pimGraft        = 6
	pimGraftAck     = 7
	pimCandidateRP  = 8
	pimStateRefresh = 9
)

var pimTypes = []name{
	{pimHello, "hello"}, {pimRegister, "register"}, {pimRegisterStop, "register-stop"}, {pimJoinPrune, "join/prune"},
	{pimBootstrap, "bootstrap"}, {pimAssert, "assert"}, {pimGraft, "graft"}, {pimGraftAck, "graft-ack"},
	{pimCandidateRP, "candidate RP advertisement"}, {pimStateRefresh, "state refresh"}, {10, "DF election"},
	{11, "ECMP redirect"}, {12, "flooding mechanism"}, {13, "extension"}, {14, "extension"}, {15, "extension"},
}

// pimSubtypes are those of type 13, which half of the byte behind it tells
// (RFC 9436, section 5; RFC 9465).
var pimSubtypes = []name{{0, "packed null-register"}, {1, "packed register-stop"}}

// Options of a hello (IANA, PIM-Hello Options).
const (
	helloHoldtime     = 1
	helloPruneDelay   = 2
	helloPriority     = 19
	helloGeneration   = 20
	helloStateRefresh = 21
	helloAddresses    = 24
)

var helloOptions = []name{
	{helloHoldtime, "holdtime"}, {helloPruneDelay, "LAN prune delay"}, {helloPriority, "DR priority"},
	{helloGeneration, "generation ID"}, {helloStateRefresh, "state refresh"}, {22, "bidirectional"},
	{helloAddresses, "address list"}, {26, "join attribute"}, {27, "PIM over TCP"}, {28, "PIM over SCTP"}, {31, "interface ID"},
	{32, "ECMP redirect"}, {34, "DR load balancing"}, {35, "DR load balancing list"}, {65001, "address list"},
}

func pimType(h []byte) int {
	if len(h) == 0 {
		return -1
	}
	return int(h[0] & 0xf)
}

func decodePIM(p *Packet) Protocol {
	h := p.header(4)
	if h == nil {
		return none
	}
	l := p.last()
	if v := h[0] >> 4; v != 2 {
		p.fault(BadVersion, l.Start, uint32(v), 2)
		return none
	}
	if pimType(h) == pimRegister {
		return p.register()
	}
	l.Payload = l.End
	p.verifyPIM()
	p.checkPIM(p.Header(*l))
	return none
}

// register decodes a register, which carries a packet. That of a null-register
// is only a header that names source and group; its checksum, for one, may be 0
// (RFC 7761, section 4.9.3).
func (p *Packet) register() Protocol {
	h := p.header(8)
	if h == nil {
		return none
	}
	l := p.last()
	p.verifyPIM()
	if isNull(h) {
		l.Payload = l.End
		return none
	}
	if p.fragment {
		return Payload
	}
	if l.Payload < l.End && p.Data[l.Payload]>>4 == 6 {
		return IPv6
	}
	return IPv4
}

// isNull tells whether a register is a null-register.
func isNull(h []byte) bool { return len(h) >= 8 && h[4]&0x40 != 0 }

// verifyPIM verifies the checksum. It covers the message, and of a register only
// the first 8 bytes; but there are routers that send, and all accept, those over
// the whole message. Above IPv6, it covers a pseudo header too (RFC 7761, section
// 4.9).
func (p *Packet) verifyPIM() {
	l := p.last()
	if p.fragment || p.ip < 0 {
		return
	}
	b := p.Data[l.Start:l.End]
	if pimType(b) == pimRegister {
		whole := p.pimSum(b)
		if p.whole() && whole == 0 && p.pimSum(b[:8]) != 0 {
			l.Checksum = Good
			return
		}
		b = b[:8]
		if !p.whole() && p.pimSum(b) != 0 {
			return
		}
	} else if !p.whole() {
		return
	}
	p.judge(p.pimSum(b), 2, 0)
}

// pimSum returns the checksum of what has its own in it: 0, if that is right.
func (p *Packet) pimSum(b []byte) uint16 {
	ip := p.layers[p.ip]
	if ip.Protocol == IPv4 {
		return checksum(sum(0, b))
	}
	return checksum(sum(sumUint16(sumUint16(sum(0, p.Data[ip.Start+8:ip.Start+40]), numberPIM), uint16(len(b))), b))
}

// checkPIM goes through a message and notes where it announces more than there
// is.
func (p *Packet) checkPIM(h []byte) {
	r := pimReader{h: h, at: 4}
	switch pimType(h) {
	case pimHello:
		p.checkHello(r)
		return
	case pimJoinPrune, pimGraft, pimGraftAck:
		p.checkJoins(newJoins(h))
		return
	case pimBootstrap:
		p.checkBootstrap(r)
		return
	case pimCandidateRP:
		n, _ := r.number(1), r.bytes(3)
		r.unicast()
		for i := range n {
			if r.group(); r.lost {
				p.lostIn(r, 4, n, i)
				return
			}
		}
	case pimRegisterStop:
		r.group()
		r.unicast()
	case pimAssert:
		r.group()
		r.unicast()
		r.bytes(8)
	case pimStateRefresh:
		r.group()
		r.unicast()
		r.unicast()
		r.bytes(12)
	}
	p.lost(r)
}

// lost notes why a reader stopped, if it did.
func (p *Packet) lost(r pimReader) {
	l := p.last()
	switch {
	case r.family:
		p.fault(BadFamily, l.Start+r.at, uint32(r.h[r.at]), 0)
	case r.lost:
		p.short(r.need)
	}
}

// lostIn notes why a reader stopped after met of so many things that are
// announced at a byte of the message.
func (p *Packet) lostIn(r pimReader, at, announced, met int) {
	l := p.last()
	if r.family || r.need <= len(r.h)+l.Missing {
		p.lost(r)
		return
	}
	p.fault(BadCount, l.Start+at, uint32(announced), uint32(met))
}

func (p *Packet) checkHello(r pimReader) {
	l := p.last()
	for r.at < len(r.h) {
		at := r.at
		r.bytes(2)
		n := r.number(2)
		if r.bytes(n); r.lost && r.need > len(r.h)+l.Missing && at+4 <= len(r.h) {
			p.fault(BadLength, l.Start+at+2, uint32(n), uint32(len(r.h)+l.Missing-at-4))
			return
		}
		if r.lost {
			break
		}
	}
	p.lost(r)
}

func (p *Packet) checkJoins(j joins) {
	if j.lost {
		p.lost(j.pimReader)
		return
	}
	countAt, announced := j.at-3, j.groups
	for g, ok := j.next(); ok; g, ok = j.next() {
		for i := range g.joined + g.pruned {
			if _, ok := j.source(); !ok {
				p.lostIn(j.pimReader, g.countAt, g.joined+g.pruned, i)
				return
			}
		}
	}
	if j.lost {
		p.lostIn(j.pimReader, countAt, announced, announced-j.groups)
	}
}

func (p *Packet) checkBootstrap(r pimReader) {
	r.bytes(4)
	r.unicast()
	for !r.lost && r.at < len(r.h) {
		r.group()
		countAt := r.at + 1
		r.bytes(1)
		n := r.number(1)
		r.bytes(2)
		if r.lost {
			break
		}
		for i := range n {
			r.unicast()
			if r.bytes(4); r.lost {
				p.lostIn(r, countAt, n, i)
				return
			}
		}
	}
	p.lost(r)
}

// helloNumber returns the value of an option of a hello, up to four bytes of it.
func helloNumber(h []byte, option uint16) (uint32, bool) {
	r := pimReader{h: h, at: 4}
	for {
		head := r.bytes(4)
		if head == nil {
			return 0, false
		}
		v := r.bytes(int(binary.BigEndian.Uint16(head[2:])))
		if v == nil {
			return 0, false
		}
		if binary.BigEndian.Uint16(head) == option && len(v) >= 2 {
			return uint32(number(v[:min(len(v), 4)])), true
		}
	}
}
