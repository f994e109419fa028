package lab

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"

	"mcast/internal/sys"
	"mcast/wire"
)

// A bridge with snooping floods all the same, whatever hosts have joined, as long as it
// believes that nobody asks them: without a querier always, and with its own until one
// response interval after it was made one (Linux 6.18, br_multicast_querier_exists). Only
// then do reports and entries count.

// snoop has a bridge that is down snoop from its first port on, since hosts report what they
// are in when their interfaces come up.
func (l *Lab) snoop(s *segment) error {
	change := func(attributes ...attribute) error {
		return l.engine.rtnetlink.changeBridge(s.index, attributes...)
	}
	if s.Querier != nil {
		// It has to be in force before the first frame, so the response interval
		// at which the bridge becomes the querier is the shortest there is. No
		// query says that: there is none until it snoops.
		q := s.Querier.timed()
		for _, step := range [][]attribute{
			querierTimers(&q),
			{number64(nl.IFLA_BR_MCAST_QUERY_RESPONSE_INTVL, 1)},
			{flag(nl.IFLA_BR_MCAST_QUERIER, true)},
			{number64(nl.IFLA_BR_MCAST_QUERY_RESPONSE_INTVL, ticks(q.ResponseInterval))},
		} {
			if err := change(step...); err != nil {
				return fmt.Errorf("make it the querier: %w", err)
			}
		}
		if err := l.addressBridge(s); err != nil {
			return fmt.Errorf("give it an address to ask from: %w", err)
		}
		s.inForce = time.Now().Add(shortestTick)
	}
	if err := change(flag(nl.IFLA_BR_MCAST_SNOOPING, true)); err != nil {
		return fmt.Errorf("have it snoop: %w", err)
	}
	return nil
}

// heardWithin is how long it is waited until hosts have heard the first query. It takes less
// than a millisecond, or else it was sent before they could hear it.
const heardWithin = 20 * time.Millisecond

// hearQueries waits until hosts have heard the first query of switches that ask by IGMPv2. It
// takes back what they are about to report by IGMPv3, and who has joined right before is
// reported only within the response interval (Linux 6.18, igmp_heard_query).
func (l *Lab) hearQueries(ctx context.Context) error {
	old := map[*Node][]string{} // interfaces that will hear IGMPv2
	for _, n := range l.nodes {
		for _, p := range n.machine.ports {
			if s := p.segment; s.snoops() && s.Querier != nil && s.Querier.IGMP != 3 && !p.bad() {
				old[n] = append(old[n], p.Name)
			}
		}
	}
	deadline := time.Now().Add(heardWithin)
	return await(ctx, func() (missing string, err error) {
		for n, names := range old {
			var igmp []byte
			err := n.Do(func() error {
				igmp, _ = os.ReadFile("/proc/thread-self/net/igmp") // where it is not there, it is waited in vain
				return nil
			})
			if err != nil {
				return "", err
			}
			if old[n] = slices.DeleteFunc(names, hearsIGMPv2(string(igmp))); len(old[n]) == 0 {
				delete(old, n)
			}
		}
		if len(old) > 0 && time.Now().Before(deadline) {
			return "hosts have not heard a query", nil
		}
		return "", nil
	})
}

// hearsIGMPv2 returns a function that says of an interface, by its name, whether it has heard
// a query by IGMPv2, as /proc/net/igmp has it.
func hearsIGMPv2(igmp string) func(name string) bool {
	return func(name string) bool {
		for line := range strings.Lines(igmp) {
			// "2	eth0      :     1      V2"
			if f := strings.Fields(line); line[0] != '\t' && len(f) == 5 && f[1] == name {
				return f[4] == "V2"
			}
		}
		return false
	}
}

// tick is the unit of times in attributes of a bridge (USER_HZ).
const tick = 10 * time.Millisecond

// shortestTick is how long a tick takes at most: it may have to be rounded up to one of
// the kernel's own.
const shortestTick = 2 * tick

func ticks(d time.Duration) uint64 { return uint64(d / tick) }

// robustness is how many queries may be lost: RFC 9776, section 8.1.
const robustness = 2

// querierTimers returns how a bridge asks. What RFC 9776, section 8, derives from the
// intervals, the kernel does not.
func querierTimers(q *Querier) []attribute {
	interval, response := q.Interval, q.ResponseInterval
	attributes := []attribute{
		number64(nl.IFLA_BR_MCAST_QUERY_INTVL, ticks(interval)),
		number64(nl.IFLA_BR_MCAST_STARTUP_QUERY_INTVL, ticks(max(interval/4, time.Second))),
		number64(nl.IFLA_BR_MCAST_MEMBERSHIP_INTVL, ticks(robustness*interval+response)),
		number64(nl.IFLA_BR_MCAST_QUERIER_INTVL, ticks(robustness*interval+response/2)),
		number64(nl.IFLA_BR_MCAST_LAST_MEMBER_INTVL, ticks(q.LastMemberInterval)),
	}
	if q.IGMP != 0 {
		attributes = append(attributes, number8(nl.IFLA_BR_MCAST_IGMP_VERSION, uint8(q.IGMP)))
	}
	if q.MLD != 0 {
		attributes = append(attributes, number8(nl.IFLA_BR_MCAST_MLD_VERSION, uint8(q.MLD)))
	}
	return attributes
}

// addressBridge gives a bridge an IPv6 link-local address, without which it cannot ask by
// MLD. By IGMP it asks from 0.0.0.0.
func (l *Lab) addressBridge(s *segment) error {
	conf := "net/ipv6/conf/" + s.name + "/"
	err := l.engine.base.Do(func() error {
		const none = "1" // IN6_ADDR_GEN_MODE_NONE
		return writeSysctls([]sysctl{
			{conf + "addr_gen_mode", none}, // that would be later, when the bridge has a port
			{conf + "accept_dad", "0"},
			{conf + "accept_ra", "0"},
			{conf + "router_solicitations", "0"},
			{conf + "disable_ipv6", "0"},
		})
	})
	if isNotThere(err) {
		return nil // without IPv6 nobody asks by MLD
	}
	if err != nil {
		return err
	}
	link := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Index: s.index}}
	return l.engine.netlink.AddrAdd(link, &netlink.Addr{IPNet: ipNet(netip.PrefixFrom(highLinkLocal(s.mac), 64)), Flags: syscall.IFA_F_NODAD})
}

// The querier with the lowest address is elected. It has to be a router, if there is one: a
// bridge believes in routers only where it hears the elected querier, and sends them alone reports
// and groups that nobody has joined (Linux 6.18, br_multicast_query_received). So a switch asks
// from 0.0.0.0, which is no address, and by MLD from a high one.

// highLinkLocal returns a link-local address that is higher than those that are made of Ethernet
// addresses (RFC 4291, appendix A), which have ff:fe in the middle and not in front.
func highLinkLocal(mac net.HardwareAddr) netip.Addr {
	a := [16]byte{0: 0xfe, 1: 0x80, 8: 0xff, 9: 0xff}
	copy(a[10:], mac)
	return netip.AddrFrom16(a)
}

// pretendQuerier has a bridge that is up, and has no port yet, believe that it heard a querier
// that may be silent for years. So it floods nothing, although nobody asks, and
// forgets who has joined after the membership interval, as a switch does whose
// querier is gone.
func (l *Lab) pretendQuerier(ctx context.Context, s *segment) error {
	silence := number64(nl.IFLA_BR_MCAST_QUERIER_INTVL, ticks(10*365*24*time.Hour))
	if err := l.engine.rtnetlink.changeBridge(s.index, silence); err != nil {
		return err
	}
	// The queries come in by a port that is there for this alone.
	cable := &netlink.Veth{
		LinkAttrs: netlink.LinkAttrs{Name: "q0", Index: firstPort - 1, Flags: net.FlagUp, MasterIndex: s.index, TxQLen: -1},
		PeerName:  "q1", PeerTxQLen: -1,
	}
	if err := l.engine.netlink.LinkAdd(cable); err != nil {
		return err
	}
	outside, err := l.engine.netlink.LinkByName(cable.PeerName)
	if err != nil {
		return err
	}
	if err := l.engine.netlink.LinkSetUp(outside); err != nil {
		return err
	}
	err = await(ctx, func() (missing string, err error) {
		// What is sent before the port forwards is lost: so, until it is heard.
		if err := l.engine.base.Do(func() error { return sendQueries(outside.Attrs()) }); err != nil {
			return "", err
		}
		return l.engine.rtnetlink.unheardQueriers(s.index)
	})
	if err != nil {
		return err
	}
	return l.engine.netlink.LinkDel(cable)
}

// sendQueries sends general queries of both protocols from an interface.
func sendQueries(from *netlink.LinkAttrs) error {
	ethernet := wire.Link{Source: [6]byte(from.HardwareAddr)}
	for _, source := range []netip.Addr{netip.AddrFrom4([4]byte{223, 255, 255, 254}), highLinkLocal(from.HardwareAddr)} {
		query := wire.Query{Source: source, Robustness: robustness}
		frame, err := query.AppendFrame(nil, &ethernet)
		if err != nil {
			return err
		}
		if err := sys.SendFrame(from.Index, frame); err != nil {
			return err
		}
	}
	return nil
}

// unheardQueriers says which queriers a bridge has not heard.
func (r rtnetlink) unheardQueriers(bridge int) (string, error) {
	igmp, mld, err := r.queriers(bridge)
	switch {
	case err != nil:
		return "", err
	case !igmp && !mld:
		return "it has heard no query (Linux before 5.16 does not tell)", nil
	case !igmp:
		return "it has not heard the query by IGMP", nil
	case !mld:
		return "it has not heard the query by MLD", nil
	}
	return "", nil
}

// queriers reports whether a bridge knows somebody who asks, itself included.
func (r rtnetlink) queriers(bridge int) (igmp, mld bool, err error) {
	const (
		querierState = 47   // IFLA_BR_MCAST_QUERIER_STATE, Linux 5.16
		ipv4, ipv6   = 1, 5 // BRIDGE_QUERIER_IP_ADDRESS, BRIDGE_QUERIER_IPV6_ADDRESS
	)
	state, err := r.bridgeAttribute(bridge, querierState)
	if err != nil || state == nil {
		return false, false, err
	}
	fields, err := nl.ParseRouteAttr(state)
	for _, f := range fields {
		igmp = igmp || f.Attr.Type == ipv4
		mld = mld || f.Attr.Type == ipv6
	}
	return igmp, mld, err
}
