package lab

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"

	"mcast/lab/internal/impair"
)

// segment is a segment that is up: a bridge in the base.
type segment struct {
	*Segment
	index int
	name  string
	mac   net.HardwareAddr
	ports []*port

	inForce time.Time // its querier is known to it by then
}

// port is the end of a cable (a veth pair) that is at the segment; the other one is the
// host's interface.
type port struct {
	*Interface
	of      string // "host.interface"
	segment *segment
	index   int
	name    string
	mac     net.HardwareAddr // of the host's interface

	wire      *impair.Forwarder // nil: none
	linkLocal bool              // the interface has IPv6, and so will have a link-local address
}

// bad says that something is done to frames on the link.
func (p *port) bad() bool { return p.Impair != nil || p.ImpairFrom != nil }

// madeMAC makes an address from a name: locally administered, and the same in every run, so
// that captures can be compared.
func madeMAC(name string) net.HardwareAddr {
	sum := sha256.Sum256([]byte(name))
	return append(net.HardwareAddr{0x02}, sum[:5]...)
}

// addSegment makes the bridge, as it will be, but for what needs its ports. One that snoops
// has to hear what hosts report when they come up, and so is up before them. On any
// other that would be so much noise, which grows with the square of their number.
func (l *Lab) addSegment(ctx context.Context, s *segment) error {
	snooping := false // until all that it depends on is in place
	bridge := &netlink.Bridge{
		LinkAttrs:         netlink.LinkAttrs{Name: s.name, Index: s.index, HardwareAddr: s.mac, TxQLen: -1},
		MulticastSnooping: &snooping,
	}
	if s.Kind == Hub {
		// A bridge that learns nothing sends everything everywhere.
		ageing := uint32(0)
		bridge.AgeingTime = &ageing
	}
	if err := l.engine.netlink.LinkAdd(bridge); err != nil {
		return fmt.Errorf("make a bridge: %w", err)
	}
	if !s.snoops() {
		return nil
	}
	if err := l.snoop(s); err != nil {
		return err
	}
	if err := l.bringUp(s); err != nil {
		return err
	}
	if s.NoFlood && s.Querier == nil {
		if err := l.pretendQuerier(ctx, s); err != nil {
			return fmt.Errorf("keep it from flooding: %w", err)
		}
	}
	return nil
}

func (s *segment) snoops() bool { return s.Kind != Hub && s.Snooping }

func (l *Lab) bringUp(s *segment) error {
	link := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Index: s.index}}
	if err := l.engine.netlink.LinkSetUp(link); err != nil {
		return fmt.Errorf("bring the bridge up: %w", err)
	}
	return nil
}

// addCable makes a veth pair: one end is the host's interface, down, in its namespace; the
// other the port at the segment, up.
func (l *Lab) addCable(p *port, host int) error {
	plug := l.plugIn
	if p.bad() {
		plug = l.plugInBadly
	}
	if err := plug(p, host); err != nil {
		return err
	}
	var settings []attribute
	if p.segment.FastLeave {
		settings = append(settings, flag(nl.IFLA_BRPORT_FAST_LEAVE, true))
	}
	if slices.Contains(p.segment.Isolated, p.of) {
		settings = append(settings, flag(nl.IFLA_BRPORT_ISOLATED, true))
	}
	if settings == nil {
		return nil
	}
	if err := l.engine.rtnetlink.changePort(p.index, settings...); err != nil {
		return fmt.Errorf("configure its port at %s: %w", p.segment.Name, err)
	}
	return nil
}

// plugIn makes the interface and the port.
func (l *Lab) plugIn(p *port, host int) error {
	mtu := p.mtu()
	pair := &netlink.Veth{
		LinkAttrs: netlink.LinkAttrs{
			Name: p.name, Index: p.index, MTU: mtu, MasterIndex: p.segment.index, Flags: net.FlagUp, TxQLen: -1,
		},
		PeerName:         p.Name,
		PeerHardwareAddr: p.mac,
		PeerMTU:          uint32(mtu),
		PeerNamespace:    netlink.NsFd(host),
		PeerTxQLen:       -1,
	}
	if err := l.engine.netlink.LinkAdd(pair); err != nil {
		return fmt.Errorf("make it, and a port at %s: %w", p.segment.Name, err)
	}
	return nil
}

func (p *port) mtu() int {
	if p.MTU == 0 {
		return defaultMTU
	}
	return p.MTU
}

// defaultMTU is Ethernet's.
const defaultMTU = 1500

// complete adds to a segment what needs its ports, and waits until it does as it should.
func (l *Lab) complete(ctx context.Context, s *segment) error {
	if !s.snoops() {
		return l.bringUp(s)
	}
	for _, e := range s.Static {
		if err := l.engine.rtnetlink.addEntry(s.index, l.engine.ports[e.Port].index, e.Group); err != nil {
			return fmt.Errorf("static entry for %v at %s: %w", e.Group, e.Port, err)
		}
	}
	select {
	case <-time.After(time.Until(s.inForce)): // long past, but for a lab without hosts
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
