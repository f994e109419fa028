package lab

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/vishvananda/netlink"

	"mcast/internal/membership"
)

// awaiting is a group that a step waits for its host to join.
type awaiting struct {
	group   netip.Addr // the zero value: none, and it is only told what was joined
	node    *Node
	host    *membership.Host
	before  map[membership.Joined]int // users before the program began
	fewest  map[membership.Joined]int // of the group, since then
	unaware []*port                   // where it was joined and the switch does not know it, when it was looked last

	seen   int       // on how many interfaces it was joined, when it was looked last
	seenAt time.Time // since when on so many
}

// A program that joins on several interfaces does so one after the other, and lo is the first
// one. So much time it gets for the next.
const (
	nextWithin    = 20 * time.Millisecond
	afterLoopback = time.Second // lo alone is seldom what a program means
)

// newAwaiting notes who is in which group before a program begins. It runs on a thread on the
// host.
func newAwaiting(n *Node, group netip.Addr) (*awaiting, error) {
	h, err := membership.Open(membership.Config{})
	if err != nil {
		return nil, err
	}
	a := &awaiting{group: group, node: n, host: h}
	if a.before, err = h.Groups(); err != nil {
		_ = h.Close()
		return nil, err
	}
	a.fewest = maps.Clone(a.before)
	return a, nil
}

func (n *Node) waitJoined(ctx context.Context, group netip.Addr) (err error) {
	group = group.Unmap().WithZone("")
	defer func() {
		if err != nil {
			err = fmt.Errorf("host %s: wait until %v is joined: %w", n.host.Name, group, err)
		}
	}()
	if !group.IsMulticast() {
		return errors.New("it is not a group")
	}
	var a *awaiting
	m, err := n.up()
	if err == nil {
		err = m.Do(func() (err error) { a, err = newAwaiting(n, group); return err })
	}
	if err != nil {
		return err
	}
	defer a.close()
	again := time.NewTicker(lookEvery)
	defer again.Stop()
	for {
		if _, known := a.joined(true); known { // whoever it is
			return nil
		}
		if _, err := n.up(); err != nil {
			return err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			a.seenAt = time.Time{} // what there is counts
			joined, known := a.joined(true)
			if known {
				return nil
			}
			switch who, what := a.missing(); {
			case !joined:
				return fmt.Errorf("%w: nobody has joined it", context.Cause(ctx))
			case who != "":
				return fmt.Errorf("%w: %s not know that %s has", context.Cause(ctx), who, what)
			}
			return context.Cause(ctx)
		}
	}
}

func (a *awaiting) close() { _ = a.host.Close() }

// joined reports whether the host has joined the group, on all interfaces that the program
// means, and the switches there know it.
// While the program runs, it is the host's if an interface has a user more than the
// fewest since the program began: one who had joined it before is not taken for this
// one. When the program has ended, somebody else is meant, whoever it is.
func (a *awaiting) joined(ended bool) (joined, known bool) {
	now, err := a.host.Groups()
	if err != nil {
		return false, false
	}
	a.unaware = nil
	for at := range a.fewest { // one that is listed no more has none
		a.fewest[at] = min(a.fewest[at], now[at])
	}
	var ports []*port
	seen, beyond := 0, 0 // interfaces, and those without lo
	for at, users := range now {
		if at.Group != a.group || users == 0 || !ended && users <= a.fewest[at] {
			continue
		}
		seen++
		if at.Interface != "lo" {
			beyond++
		}
		i := slices.IndexFunc(a.node.machine.ports, func(p *port) bool { return p.Name == at.Interface })
		if i >= 0 && a.node.machine.ports[i].segment.snoops() && reported(a.group) {
			ports = append(ports, a.node.machine.ports[i])
		}
	}
	if seen != a.seen {
		a.seen, a.seenAt = seen, time.Now()
	}
	settles := nextWithin
	switch beyond {
	case len(a.node.machine.ports):
		settles = 0
	case 0:
		settles = afterLoopback
	}
	if joined = seen > 0; !joined || time.Since(a.seenAt) < settles {
		return joined, false
	}
	if len(ports) == 0 {
		return true, true
	}
	if a.unaware, err = a.node.lab.unaware(a.group, ports); err != nil {
		return true, false
	}
	return true, len(a.unaware) == 0
}

// missing says which switches do not know that the host has joined the group, and
// which of its interfaces they know nothing of; "" if none was found.
func (a *awaiting) missing() (switches, interfaces string) {
	var segments, names []string
	for _, p := range a.unaware {
		if !slices.Contains(segments, p.segment.Name) {
			segments = append(segments, p.segment.Name)
		}
		names = append(names, p.of)
	}
	slices.Sort(segments)
	slices.Sort(names)
	switch len(segments) {
	case 0:
		return "", ""
	case 1:
		return "the switch " + segments[0] + " does", strings.Join(names, ", ")
	}
	return "the switches " + strings.Join(segments, ", ") + " do", strings.Join(names, ", ")
}

// groups returns the groups that the host has joined since the program began.
func (a *awaiting) groups() (list []netip.Addr) {
	now, err := a.host.Groups()
	if err != nil {
		return nil
	}
	for at, users := range now {
		if users > a.before[at] && !(at.Group.Is6() && isSolicitedNode(at.Group)) && !slices.Contains(list, at.Group) {
			list = append(list, at.Group)
		}
	}
	slices.SortFunc(list, netip.Addr.Compare)
	return list
}

// isSolicitedNode says that the kernel joins the group for an address of its own (RFC
// 4291, section 2.7.1).
func isSolicitedNode(g netip.Addr) bool {
	return netip.PrefixFrom(g, 104).Masked().Addr() == netip.MustParseAddr("ff02::1:ff00:0")
}

// reported says that a switch which snoops keeps an account of a group. Those of IPv4 that are the
// link's go everywhere, and so do all nodes of IPv6; of an interface's own (ff01::/16) nobody hears.
func reported(g netip.Addr) bool {
	if g.Is4() {
		return !g.IsLinkLocalMulticast()
	}
	return !g.IsInterfaceLocalMulticast() && g != netip.IPv6LinkLocalAllNodes()
}

// unaware returns those of the ports, which are at switches that snoop, that the group is
// not sent to. A switch that floods has none.
func (l *Lab) unaware(group netip.Addr, ports []*port) (list []*port, err error) {
	// Close must not close the socket meanwhile.
	l.engine.mu.RLock()
	defer l.engine.mu.RUnlock()
	if l.engine.closed {
		return nil, os.ErrClosed
	}
	known, err := l.engine.rtnetlink.portsOf(group)
	if err != nil && !errors.Is(err, netlink.ErrDumpInterrupted) { // then those are missing that came meanwhile, if any
		return nil, fmt.Errorf("ask switches for their groups: %w", err)
	}
	for _, p := range ports {
		if known[p.index] {
			continue
		}
		floods, err := l.floods(p.segment, group)
		if err != nil {
			return nil, err
		}
		if !floods {
			list = append(list, p)
		}
	}
	return list, nil
}

// floods reports whether a switch that snoops sends a group everywhere all the same, as nobody
// asks who is in it.
func (l *Lab) floods(s *segment, group netip.Addr) (bool, error) {
	if s.Querier != nil || s.NoFlood {
		return false, nil
	}
	igmp, mld, err := l.engine.rtnetlink.queriers(s.index)
	if group.Is4() {
		return !igmp, err
	}
	return !mld, err
}
