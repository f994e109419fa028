package mroute

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"mcast/internal/rtnl"
	"mcast/internal/sys"
	"mcast/wire"
)

// openProxy notes the interfaces of a proxy.
func (p *plane) openProxy(c *Proxy, links []rtnl.Link) {
	q := &c.Querier
	t := timing{
		robustness: 2,
		interval:   cmp.Or(q.Interval, 125*time.Second),
		response:   cmp.Or(q.ResponseInterval, 10*time.Second),
		lastMember: cmp.Or(q.LastMemberInterval, time.Second),
	}
	version := cmp.Or(q.IGMP, 3)
	if p.family == sys.IPv6 {
		version = cmp.Or(q.MLD, 2)
	}
	for _, name := range c.Downstream {
		i := slices.IndexFunc(links, func(l rtnl.Link) bool { return l.Name == name })
		address := asker(&links[i], p.family)
		if !address.IsValid() {
			continue
		}
		p.ports = append(p.ports, &port{
			name: name, index: links[i].Index, vif: p.vif(name), address: address, version: uint8(version), own: t,
			send:    func(m *wire.Query) { p.send(links[i].Index, m) },
			changed: func(group netip.Addr) { p.dirty[group] = true },
		})
	}
	if len(p.ports) > 0 {
		p.proxy, p.upstream = c, p.vif(c.Upstream)
	}
}

// asker returns the address from which an interface asks for memberships: of IPv6 a
// link-local one. The zero Addr is that it has none.
func asker(l *rtnl.Link, family sys.Family) netip.Addr {
	for _, a := range l.Addrs {
		switch own := a.Prefix.Addr(); {
		case family == sys.IPv4 && own.Is4():
			return own
		case family == sys.IPv6 && own.Is6() && own.IsLinkLocalUnicast():
			return own
		}
	}
	return netip.Addr{}
}

// startProxy begins to listen, and to ask.
func (p *plane) startProxy() error {
	// Reports come to these groups, leaves to the second (RFC 9776, section
	// 4.2.14, RFC 2236; RFC 9777, section 5.2.14, RFC 2710). Those that hosts of
	// older versions send to the group itself have the router alert option.
	to := []string{"224.0.0.22", "224.0.0.2"}
	if p.family == sys.IPv6 {
		to = []string{"ff02::16", "ff02::2"}
	}
	for _, port := range p.ports {
		for _, group := range to {
			if err := p.members.want(p.at(port.vif, netip.MustParseAddr(group)), Filter{Exclude: true}); err != nil {
				return err
			}
		}
		port.start(time.Now())
	}
	return nil
}

// send sends a query. That it cannot be sent is no reason to stop: the interface is
// down, and the next query is sent in its time.
func (p *plane) send(index int, q *wire.Query) {
	message, err := q.Append(nil)
	if err == nil {
		_ = p.socket.Send(message, q.Destination(), q.Source, index)
	}
}
