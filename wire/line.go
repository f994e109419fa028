package wire

// AppendLine appends the frame in one line, without a newline: addresses, what
// it is, and for IGMP, MLD and PIM what it means, then what is wrong with it in
// brackets. Nothing in it can do harm to a terminal. It allocates nothing beyond
// what b has no room for.
//
//	192.168.56.103:52582 > 224.1.1.5:50001 ttl 1 udp 13 B
//	192.168.56.101 joins 224.1.1.5 from any source (IGMPv3)
func (p *Packet) AppendLine(b []byte) []byte {
	start := len(b)
	for i, l := range p.layers {
		proto := &protocols[l.Protocol]
		if proto.say == nil || (l.Protocol == IPv4 || l.Protocol == IPv6) && p.named(i+1) {
			continue
		}
		before := len(b)
		if before > start {
			b = append(b, ' ')
		}
		said := len(b)
		if b = proto.say(p, l, b); len(b) == said {
			b = b[:before] // it has nothing to say here
		}
	}
	for i, f := range p.faults {
		switch i {
		case 0:
			if len(b) > start {
				b = append(b, ' ')
			}
			b = append(b, '[')
		default:
			b = append(b, "; "...)
		}
		b = p.AppendFault(b, f)
	}
	if len(p.faults) > 0 {
		b = append(b, ']')
	}
	return b
}

// named tells whether a layer from i on, up to the next IP header, says the
// addresses in its line.
func (p *Packet) named(i int) bool {
	for ; i < len(p.layers); i++ {
		switch l := p.layers[i].Protocol; {
		case l == IPv4 || l == IPv6:
			return false
		case protocols[l].names && p.layers[i].Payload-p.layers[i].Start >= 4:
			return true
		}
	}
	return false
}
