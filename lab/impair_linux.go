package lab

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"

	"github.com/vishvananda/netlink"
	vnetns "github.com/vishvananda/netns"

	"mcast/internal/netns"
	"mcast/lab/internal/impair"
)

// wires is where bad links run: a network namespace in which each has two interfaces and a
// forwarder between them.
//
//	host            wires                       base
//	eth0 ───── h0 ═ forwarder ═ s0 ───── p0 (port of a bridge)
//
// It is not the base, for whatever has an interface there would see frames twice.
type wires struct {
	ns      *netns.NS
	netlink *netlink.Handle // in ns
	ring    int             // bytes for each direction of a link
}

// Memory for frames that have come in and are not read yet, which the kernel takes at once.
const (
	mostRings = 128 << 20 // all of them
	mostRing  = 64 << 20
	leastRing = 1 << 20
)

// openWires makes the namespace, if there are bad links.
func (l *Lab) openWires() (err error) {
	bad := 0
	for _, p := range l.engine.ports {
		if p.bad() {
			bad++
		}
	}
	if bad == 0 {
		return nil
	}
	w := &l.engine.wires
	w.ring = min(max(mostRings/(2*bad), leastRing), mostRing)
	if w.ns, err = netns.New(); err != nil {
		return err
	}
	l.onClose(w.ns.Close)
	if err := w.ns.Do(silenceBase); err != nil {
		return err
	}
	if w.netlink, err = netlink.NewHandleAt(vnetns.NsHandle(w.ns.Fd()), syscall.NETLINK_ROUTE); err != nil {
		return fmt.Errorf("open a netlink socket: %w", err)
	}
	l.onClose(func() error { w.netlink.Close(); return nil })
	l.onClose(l.closeWires)
	return nil
}

// closeWires ends all forwarders at once: the kernel lets a packet socket go only when no
// processor can be using it any more, and one wait does for many.
func (l *Lab) closeWires() error {
	var (
		wg     sync.WaitGroup
		mu     sync.Mutex
		failed []error
	)
	for _, p := range l.engine.ports {
		if p.wire == nil {
			continue
		}
		wg.Go(func() {
			if err := p.wire.Close(); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed = append(failed, fmt.Errorf("bad link %s: %w", p.of, err))
			}
		})
	}
	wg.Wait()
	return errors.Join(failed...)
}

// plugInBadly is plugIn with a forwarder in the middle.
func (l *Lab) plugInBadly(p *port, host int) error {
	w, mtu := &l.engine.wires, p.mtu()
	config := impair.Config{NS: w.ns, Host: "h-" + p.name, Segment: "s-" + p.name, Ring: w.ring}
	if p.Impair != nil {
		config.Toward = impair.Parameters(*p.Impair)
	}
	if p.ImpairFrom != nil {
		config.From = impair.Parameters(*p.ImpairFrom)
	}
	// With the index that the other end has in its namespace, the kernel would not see that
	// they are a pair, and take up to a second to see that the link is up
	// (linkwatch_urgent_event in net/core/link_watch.c).
	toHost := &netlink.Veth{
		LinkAttrs:        netlink.LinkAttrs{Name: config.Host, Index: p.index, MTU: mtu, Flags: net.FlagUp, TxQLen: -1},
		PeerName:         p.Name,
		PeerHardwareAddr: p.mac,
		PeerMTU:          uint32(mtu),
		PeerNamespace:    netlink.NsFd(host),
		PeerTxQLen:       -1,
	}
	if err := w.netlink.LinkAdd(toHost); err != nil {
		return fmt.Errorf("make it: %w", err)
	}
	// What is done to frames is done to each datagram: segmentation offload ends where
	// frames go into the cable, and senders need not know. The other end is the host's.
	toSegment := &netlink.Veth{
		LinkAttrs: netlink.LinkAttrs{
			Name: p.name, Index: p.index, MTU: mtu, MasterIndex: p.segment.index, Flags: net.FlagUp, TxQLen: -1,
			GSOMaxSegs: 1,
		},
		PeerName:      config.Segment,
		PeerMTU:       uint32(mtu),
		PeerNamespace: netlink.NsFd(w.ns.Fd()),
		PeerTxQLen:    -1,
	}
	if err := l.engine.netlink.LinkAdd(toSegment); err != nil {
		return fmt.Errorf("make a port at %s: %w", p.segment.Name, err)
	}
	far, err := w.netlink.LinkByName(config.Segment)
	if err == nil {
		err = w.netlink.LinkSetUp(far)
	}
	if err != nil {
		return fmt.Errorf("bring %s up: %w", config.Segment, err)
	}
	p.wire, err = impair.Start(config)
	return err
}

// segmentHere turns segmentation offload off on the host's interface, if that is at a bad
// link.
func (n *Node) segmentHere(p *port, link netlink.Link) error {
	if p.wire == nil {
		return nil
	}
	if err := n.machine.netlink.LinkSetGSOMaxSegs(link, 1); err != nil {
		return fmt.Errorf("turn segmentation offload off: %w", err)
	}
	return nil
}

// badLinks returns what was done so far on the links that are bad, in the topology's order.
func (l *Lab) badLinks() (list []BadLink) {
	for _, n := range l.nodes {
		for _, p := range n.machine.ports {
			if !p.bad() {
				continue
			}
			bad := BadLink{Link: p.of}
			toward, from := p.inflicted()
			if p.Impair != nil {
				bad.Toward = &toward
			}
			if p.ImpairFrom != nil {
				bad.From = &from
			}
			list = append(list, bad)
		}
	}
	return list
}

func (l *Link) inflicted() (toward, from Inflicted) {
	if p := l.Node.lab.engine.ports[l.Name]; p != nil {
		return p.inflicted()
	}
	return toward, from
}

func (p *port) inflicted() (toward, from Inflicted) {
	if p.wire == nil {
		return toward, from
	}
	t, f := p.wire.Counts()
	return Inflicted(t), Inflicted(f)
}
