package lab

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net"

	"github.com/vishvananda/netlink"
)

// segment is a segment that is up: a bridge in the base.
type segment struct {
	*Segment
	index int
	name  string
	mac   net.HardwareAddr
	ports []*port
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

	linkLocal bool // the interface has IPv6, and so will have a link-local address
}

// madeMAC makes an address from a name: locally administered, and the same in every run, so
// that captures can be compared.
func madeMAC(name string) net.HardwareAddr {
	sum := sha256.Sum256([]byte(name))
	return append(net.HardwareAddr{0x02}, sum[:5]...)
}

// addSegment makes the bridge, up.
func (l *Lab) addSegment(s *segment) error {
	snooping := s.Kind == Switch && s.Snooping
	bridge := &netlink.Bridge{
		LinkAttrs:         netlink.LinkAttrs{Name: s.name, Index: s.index, HardwareAddr: s.mac, Flags: net.FlagUp, TxQLen: -1},
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
	return nil
}

// addCable makes a veth pair: one end is the host's interface, down, in its namespace; the
// other the port at the segment, up.
func (l *Lab) addCable(p *port, host int) error {
	mtu := p.MTU
	if mtu == 0 {
		mtu = defaultMTU
	}
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

// defaultMTU is Ethernet's.
const defaultMTU = 1500

// enforce has a switch do what is said of it, once all its ports are up.
func (l *Lab) enforce(_ context.Context, _ *segment) error { return nil }
