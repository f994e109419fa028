package wire

// overUDP tells what a UDP datagram, which is the layer at work, carries: by its
// ports, or by what it looks like.
func (p *Packet) overUDP() Protocol {
	l := p.last()
	body := p.Data[l.Payload:l.End]
	for _, g := range guesses {
		if g.looks(p.Data[l.Start:l.Payload], body) {
			return g.is
		}
	}
	return Payload
}

// guesses are the protocols above UDP, in the order in which they are tried.
// looks takes the UDP header, which is whole, and what it carries, as far as it
// was captured.
var guesses = [...]struct {
	is    Protocol
	looks func(udp, body []byte) bool
}{
	{HSRP, looksHSRP},
}
