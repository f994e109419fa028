package mroute

import (
	"slices"
	"time"

	"mcast/internal/sys"
	"mcast/wire"
)

// reception is what messages are received with.
type reception struct {
	batch  *sys.ReceiveBatch
	memory []byte
	packet wire.Packet
	query  wire.Query
	report wire.Report
}

const (
	// header has room for the header that the kernel keeps of MLD, and that
	// decoding wants: IPv6 alone.
	header      = 40
	mostMessage = 65535
)

// read reads what has come.
func (p *plane) read(now time.Time) error {
	if p.batch == nil {
		p.batch = sys.NewReceiveBatch(1)
		p.memory = make([]byte, header+mostMessage)
		p.batch.SetBuffer(0, p.memory[header:])
	}
	for {
		n, err := p.batch.Receive(&p.socket.Socket, 1)
		if n == 0 || err != nil {
			return err
		}
		var info sys.Info
		p.batch.Info(0, &info)
		if info.Truncated {
			continue
		}
		b := p.memory[:header+p.batch.Len(0)]
		if n, upcall, noRoute := p.socket.ParseUpcall(b[header:]); !upcall {
			p.message(b, &info, now)
		} else if noRoute {
			if err := p.demand(n, now); err != nil {
				return err
			}
		}
	}
}

// message takes a message, or lets it be if it is broken or from elsewhere.
func (p *plane) message(b []byte, info *sys.Info, now time.Time) {
	i := slices.IndexFunc(p.ports, func(port *port) bool { return port.index == info.Interface })
	if i < 0 {
		return
	}
	port := p.ports[i]
	link := wire.LinkIPv6
	if p.family == sys.IPv4 {
		link, b = wire.LinkIPv4, b[header:]
	} else {
		putIPv6(b, info)
	}
	p.packet.Decode(link, b, len(b), wire.Options{})
	for _, f := range p.packet.Faults() {
		if f.Kind != wire.NoRouterAlert {
			return
		}
	}
	of := wire.IGMP
	if p.family == sys.IPv6 {
		of = wire.MLD
	}
	layer, ok := p.packet.Find(of)
	switch {
	case !ok:
	case p.query.Parse(&p.packet, layer):
		port.heard(&p.query, now)
	case p.report.Parse(&p.packet, layer):
		port.report(&p.report, now)
	}
}

// putIPv6 makes the first bytes the IPv6 header that the message came with.
func putIPv6(b []byte, info *sys.Info) {
	length := len(b) - header
	source, destination := info.Source.Addr().As16(), info.Destination.As16()
	copy(b, []byte{0x60, 0, 0, 0, byte(length >> 8), byte(length), 58, byte(info.HopLimit)})
	copy(b[8:], source[:])
	copy(b[24:], destination[:])
}
