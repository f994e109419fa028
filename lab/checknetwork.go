package lab

import (
	"fmt"
	"maps"
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"

	"mcast/lab/internal/form"
)

func (c *checker) checkSegments() {
	for i := range c.Segments {
		s := &c.Segments[i]
		place := below("segments", s.Name)
		switch s.Kind {
		case Hub:
			for _, k := range []struct {
				is  bool
				key string
			}{
				{s.Snooping, "snooping"}, {s.Querier != nil, "querier"}, {s.NoFlood, "flood"}, {s.FastLeave, "fast_leave"},
				{s.Static != nil, "static"}, {s.Isolated != nil, "isolated"},
			} {
				if k.is {
					c.wrong(place+"."+k.key, "kind: switch has it", "a hub has no %s: everybody sees everything", strings.ReplaceAll(k.key, "_", " "))
				}
			}
			continue
		case Switch, "":
		default:
			c.wrong(place+".kind", "", "a segment is a %s or a %s, not a %s", Hub, Switch, form.Quoted(string(s.Kind)))
			continue
		}
		if !s.Snooping {
			for _, k := range []struct {
				is  bool
				key string
			}{{s.Querier != nil, "querier"}, {s.NoFlood, "flood"}, {s.FastLeave, "fast_leave"}, {s.Static != nil, "static"}} {
				if k.is {
					c.wrong(place+"."+k.key, "add snooping: true", "%s means nothing to a switch without snooping", strings.ReplaceAll(k.key, "_", " "))
				}
			}
		}
		if s.Querier != nil {
			most := 25500 * time.Millisecond
			if s.Querier.IGMP == 3 {
				// The kernel writes the number where its code would be (Linux 6.18,
				// br_ip4_multicast_alloc_query): from 128 on that is another time.
				most = 12700 * time.Millisecond
			}
			c.checkQuerier(place+".querier", s.Querier, most)
		}
		seen := map[StaticEntry]bool{}
		for j, e := range s.Static {
			at := fmt.Sprintf("%s.static[%d]", place, j)
			if c.group(at+".group", e.Group) && (netip.MustParsePrefix("224.0.0.0/24").Contains(e.Group) || e.Group == netip.IPv6LinkLocalAllNodes()) {
				c.wrong(at+".group", "", "%v goes to every port in any case", e.Group)
			}
			if seen[e] {
				c.wrong(at, "", "this membership is there twice")
			}
			seen[e] = true
			c.portOf(at+".port", s, e.Port)
		}
		ports := map[string]bool{}
		for j, port := range s.Isolated {
			at := fmt.Sprintf("%s.isolated[%d]", place, j)
			if ports[port] {
				c.wrong(at, "", "this port is there twice")
			}
			ports[port] = true
			c.portOf(at, s, port)
		}
	}
}

// portOf checks that a port is of a segment.
func (c *checker) portOf(place string, s *Segment, port string) {
	switch n := c.plugs[port]; {
	case n == nil:
		c.unknown(place, "port", port, c.plugNames(s.Name))
	case n.Segment != s.Name:
		c.wrong(place, "", "%s is plugged into %s, not into %s", port, form.Shown(n.Segment), form.Shown(s.Name))
	}
}

// mostCode is the longest time for which IGMPv3 has a code (RFC 9776, section 4.1.1).
const mostCode = 31744 * 100 * time.Millisecond

// checkQuerier checks how somebody asks who can say up to so long a time for answers.
func (c *checker) checkQuerier(place string, q *Querier, most time.Duration) {
	if q.IGMP != 0 && q.IGMP != 2 && q.IGMP != 3 {
		c.wrong(place+".version", "", "queriers know versions 2 and 3 of IGMP, not %d", q.IGMP)
	}
	if q.MLD < 0 || q.MLD > 2 {
		c.wrong(place+".version", "", "queriers know versions 1 and 2 of MLD, not %d", q.MLD)
	}
	// The kernel raises what is less than a second (Linux 6.18, br_multicast.c); what is
	// more has no code in a query (RFC 3376, 4.1.7).
	c.between(place+".interval", q.Interval, time.Second, 31744*time.Second)
	c.between(place+".response_interval", q.ResponseInterval, 100*time.Millisecond, most)
	c.between(place+".last_member_interval", q.LastMemberInterval, 100*time.Millisecond, most)
	if t := q.timed(); t.Interval > 0 && t.ResponseInterval >= t.Interval {
		c.wrong(place+".response_interval", "", "the time for answers is less than that between queries (RFC 3376, 8.3)")
	}
}

// between checks a time that may be left out, which is 0.
func (c *checker) between(place string, d, least, most time.Duration) {
	if d != 0 && (d < least || d > most) {
		c.wrong(place, "", "this is %v to %v, not %v", least, most, d)
	}
}

func (c *checker) checkHosts() {
	ports := map[string]int{}
	for i := range c.Hosts {
		h := &c.Hosts[i]
		place := below("hosts", h.Name)
		own := map[netip.Addr]string{}
		for j := range h.Interfaces {
			n := &h.Interfaces[j]
			at := below(place+".interfaces", n.Name)
			if c.segments[n.Segment] == nil {
				c.unknown(at+".segment", "segment", n.Segment, c.segmentNames)
			} else if ports[n.Segment]++; ports[n.Segment] == mostPorts+1 {
				c.wrong(at+".segment", "", "the bridge that is a segment has up to %d ports", mostPorts)
			}
			c.checkInterface(at, n, own)
		}
		c.checkRoutes(place, h, own)
		c.checkSysctls(place, h)
		if h.Router != nil {
			c.checkRouter(place+".router", h)
		}
	}
}

func (c *checker) checkInterface(place string, n *Interface, own map[netip.Addr]string) {
	ipv6 := false
	for i, p := range n.Addresses {
		at := fmt.Sprintf("%s.addresses[%d]", place, i)
		a := p.Addr()
		switch {
		case !p.IsValid():
			c.wrong(at, "for example 192.0.2.1/24", "this is no address with the length of its prefix")
			continue
		case !c.unicast(at, a):
			continue
		case own[a] != "":
			c.wrong(at, "", "%v is this host's already, on %s", a, form.Shown(own[a]))
		case a.Is4() && p.Bits() < 31 && a == p.Masked().Addr():
			c.wrong(at, fmt.Sprintf("the first address is %v/%d", a.Next(), p.Bits()), "%v is the network itself, not an address in it", p)
		case a.Is4() && p.Bits() < 31 && a == lastOf(p):
			c.wrong(at, "", "%v is the broadcast address of %v", a, p.Masked())
		case p.Bits() == 0:
			c.wrong(at, "", "%v says that every address is on this segment", p)
		}
		own[a] = n.Name
		ipv6 = ipv6 || a.Is6()
	}
	if n.MAC != nil {
		switch {
		case len(n.MAC) != 6:
			c.wrong(place+".mac", "for example 02:00:00:00:00:01", "an Ethernet address has 6 bytes, not %d", len(n.MAC))
		case n.MAC[0]&1 != 0:
			c.wrong(place+".mac", "the first byte is even; 02:… is for addresses of one's own", "%v is a group's address, not an interface's", n.MAC)
		case !slices.ContainsFunc(n.MAC, func(b byte) bool { return b != 0 }):
			c.wrong(place+".mac", "", "%v is no address of an interface", n.MAC)
		}
	}
	switch {
	case n.MTU == 0:
	case n.MTU < leastMTU || n.MTU > mostMTU:
		c.wrong(place+".mtu", "", "an MTU is %d to %d, not %d", leastMTU, mostMTU, n.MTU)
	case n.MTU < leastV6 && ipv6:
		c.wrong(place+".mtu", "", "IPv6 needs an MTU of %d or more, and here it is %d", leastV6, n.MTU)
	}
	c.checkImpairment(place+".impair", n.Impair)
	c.checkImpairment(place+".impair_from", n.ImpairFrom)
}

// lastOf returns the last address of a prefix of IPv4.
func lastOf(p netip.Prefix) netip.Addr {
	a := p.Addr().As4()
	for i := range a {
		host := 8 - min(max(p.Bits()-8*i, 0), 8)
		a[i] |= byte(1<<host - 1)
	}
	return netip.AddrFrom4(a)
}

// mostDelay is how long a frame may be delayed.
const mostDelay = 24 * time.Hour

func (c *checker) checkImpairment(place string, i *Impairment) {
	if i == nil {
		return
	}
	for _, s := range []struct {
		key   string
		share float64
	}{{"loss", i.Loss}, {"duplicate", i.Duplicate}, {"reorder", i.Reorder}} {
		if math.IsNaN(s.share) || s.share < 0 || s.share > 1 {
			c.wrong(place+"."+s.key, "", "a share is 0 to 1, or 0%% to 100%%, not %v", s.share)
		}
	}
	if i.Delay < 0 || i.Delay > mostDelay {
		c.wrong(place+".delay", "", "a delay is 0 to %v, not %v", mostDelay, i.Delay)
	}
	switch {
	case i.Jitter < 0 || i.Jitter > mostDelay:
		c.wrong(place+".jitter", "", "jitter is 0 to %v, not %v", mostDelay, i.Jitter)
	case i.Jitter > i.Delay:
		c.wrong(place+".jitter", "add delay: "+i.Jitter.String()+", or more", "jitter is more or less delay: it cannot be more than the delay")
	}
	switch {
	case i.Queue < 0 || i.Queue > mostDelay:
		c.wrong(place+".queue", "", "a frame waits 0 to %v, not %v", mostDelay, i.Queue)
	case i.Queue > 0 && i.Rate == 0:
		c.wrong(place+".queue", "add a rate", "frames wait for their turn at a rate, and here is none")
	}
	if i.Reorder > 0 && i.Delay == 0 {
		c.wrong(place+".reorder", "add a delay", "frames overtake others that are delayed, and here none is")
	}
}

// checkWires looks for addresses that two on a segment have.
func (c *checker) checkWires() {
	type key struct{ segment, address string }
	seen := map[key]string{}
	for i := range c.Hosts {
		h := &c.Hosts[i]
		for j := range h.Interfaces {
			n := &h.Interfaces[j]
			at, plug := below(below("hosts", h.Name)+".interfaces", n.Name), form.Shown(h.Name)+"."+form.Shown(n.Name)
			for k, p := range n.Addresses {
				of := key{n.Segment, p.Addr().String()}
				if other, twice := seen[of]; twice && !strings.HasPrefix(other, form.Shown(h.Name)+".") {
					c.wrong(fmt.Sprintf("%s.addresses[%d]", at, k), "", "%v is the address of %s on the same segment", p.Addr(), other)
				}
				seen[of] = plug
			}
			if n.MAC != nil {
				of := key{n.Segment, n.MAC.String()}
				if other, twice := seen[of]; twice {
					c.wrong(at+".mac", "", "%v is the address of %s on the same segment", n.MAC, other)
				}
				seen[of] = plug
			}
		}
	}
}

// onLink returns the interface of a host by whose networks an address is reached
// without a router, or nil.
func (h *Host) onLink(a netip.Addr) *Interface {
	for i := range h.Interfaces {
		if slices.ContainsFunc(h.Interfaces[i].Addresses, func(p netip.Prefix) bool { return p.Contains(a) }) {
			return &h.Interfaces[i]
		}
	}
	return nil
}

func (c *checker) checkRoutes(place string, h *Host, own map[netip.Addr]string) {
	if h.Gateway.IsValid() {
		c.checkVia(place+".gateway", h, h.Gateway, nil, own)
	}
	for i, r := range h.Routes {
		at := fmt.Sprintf("%s.routes[%d]", place, i)
		if !r.To.IsValid() {
			c.wrong(at+".to", "", "which network?")
			continue
		}
		if m := r.To.Masked(); m != r.To {
			c.wrong(at+".to", "write "+m.String(), "%v is an address in a network, not the network", r.To)
		}
		if h.Gateway.IsValid() && r.To.Bits() == 0 && r.To.Addr().Is4() == h.Gateway.Is4() {
			c.wrong(at+".to", "leave one of them out", "the gateway %v is the route to everything else already", h.Gateway)
		}
		var by *Interface
		if r.Interface != "" {
			if by = h.interfaceNamed(r.Interface); by == nil {
				c.unknown(at+".interface", "interface", r.Interface, h.interfaceNames)
				continue
			}
		}
		switch {
		case r.Via.IsValid() && r.Via.Is4() != r.To.Addr().Is4():
			c.wrong(at+".via", "", "%v is of another family than %v", r.Via, r.To)
		case r.Via.IsValid():
			c.checkVia(at+".via", h, r.Via, by, own)
		case by == nil:
			c.wrong(at, "add via, the address of a router, or interface", "by which way is %v reached?", r.To)
		}
	}
}

// checkVia checks that a router can be reached, by an interface if one is given.
func (c *checker) checkVia(place string, h *Host, via netip.Addr, by *Interface, own map[netip.Addr]string) {
	if !c.unicast(place, via) {
		return
	}
	if own[via] != "" {
		c.wrong(place, "", "%v is this host itself", via)
		return
	}
	if via.IsLinkLocalUnicast() && via.Is6() {
		if by == nil {
			c.wrong(place, "write a route: {to: default, via: "+via.String()+", interface: NAME}", "%v may be by any interface", via)
		}
		return
	}
	switch on := h.onLink(via); {
	case by != nil && !slices.ContainsFunc(by.Addresses, func(p netip.Prefix) bool { return p.Contains(via) }):
		c.wrong(place, "", "%v is in no network of the interface %s", via, form.Shown(by.Name))
	case on == nil:
		c.wrong(place, "a router is reached by an interface with an address in the same network", "%v is in no network of this host", via)
	}
}

// checkSysctls checks the names of settings. Outside of net. they are not a host's but
// the machine's.
func (c *checker) checkSysctls(place string, h *Host) {
	for _, name := range slices.Sorted(maps.Keys(h.Sysctls)) {
		at := below(place+".sysctls", name)
		parts := strings.Split(name, ".")
		bad := func(s string) bool {
			return s == "" || strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != ""
		}
		switch value := h.Sysctls[name]; {
		case slices.ContainsFunc(parts, bad) || len(parts) < 3:
			c.wrong(at, "for example net.ipv4.conf.all.rp_filter", "%s is no name of a setting", form.Quoted(name))
		case parts[0] != "net":
			c.wrong(at, "hosts have settings of their own below net.", "%s is a setting of the machine, not of a host", form.Quoted(name))
		case value == "" || strings.ContainsAny(value, "\x00\n"):
			c.wrong(at, "", "%s is no value of a setting", form.Quoted(value))
		case (parts[2] == "conf" || parts[2] == "neigh") && len(parts) > 4 && !slices.Contains([]string{"all", "default", "lo"}, parts[3]) && h.interfaceNamed(parts[3]) == nil:
			c.unknown(at, "interface", parts[3], func() []string { return append(h.interfaceNames(), "all", "default") })
		}
	}
}

func (c *checker) checkRouter(place string, h *Host) {
	type entry struct {
		source, group netip.Addr
		in            string // of those from any source: there may be one for each
	}
	seen := map[entry]bool{}
	for i := range h.Router.Multicast {
		m := &h.Router.Multicast[i]
		at := fmt.Sprintf("%s.multicast[%d]", place, i)
		e := entry{source: m.Source, group: m.Group}
		if !m.Source.IsValid() {
			e.in = m.In
		}
		if seen[e] {
			c.wrong(at, "", "there is a route of this source and group already")
		}
		seen[e] = true
		c.checkMulticastRoute(at, h, m)
	}
	if h.Router.Proxy != nil {
		c.checkProxy(place+".proxy", h, h.Router.Proxy)
	}
}

// interfaceOf checks that a host has an interface.
func (c *checker) interfaceOf(place string, h *Host, name string) bool {
	if h.interfaceNamed(name) == nil {
		c.unknown(place, "interface", name, h.interfaceNames)
		return false
	}
	return true
}

func (c *checker) checkMulticastRoute(place string, h *Host, m *MulticastRoute) {
	if c.group(place+".group", m.Group) {
		if m.Group.IsLinkLocalMulticast() || m.Group.IsInterfaceLocalMulticast() {
			c.wrong(place+".group", "", "no router forwards %v: it stays on its link", m.Group)
		}
		if m.Source.IsValid() && c.unicast(place+".source", m.Source) && m.Source.Is4() != m.Group.Is4() {
			c.wrong(place+".source", "", "%v is of another family than %v", m.Source, m.Group)
		}
	}
	c.interfaceOf(place+".in", h, m.In)
	if len(m.Out) == 0 {
		c.wrong(place+".out", "", "by which interfaces does it leave?")
	}
	leaves := map[string]bool{}
	for j, o := range m.Out {
		at := fmt.Sprintf("%s.out[%d]", place, j)
		switch {
		case !c.interfaceOf(at, h, o.Interface):
		case o.Interface == m.In:
			c.wrong(at, "", "packets do not leave by the interface that they came by")
		case leaves[o.Interface]:
			c.wrong(at, "", "%s is there twice", form.Shown(o.Interface))
		case o.Threshold < 0 || o.Threshold > mostThreshold:
			c.wrong(at+".threshold", "", "a threshold is 0 to %d, not %d", mostThreshold, o.Threshold)
		case o.Threshold > 1 && m.Group.Is6():
			c.wrong(at+".threshold", "", "Linux has no thresholds for IPv6")
		}
		leaves[o.Interface] = true
	}
}

func (c *checker) checkProxy(place string, h *Host, p *Proxy) {
	c.interfaceOf(place+".upstream", h, p.Upstream)
	if len(p.Downstream) == 0 {
		c.wrong(place+".downstream", "", "which interfaces are on the receivers' side?")
	}
	if p.Querier != nil {
		most := mostCode
		switch {
		case p.Querier.IGMP == 2:
			most = 25500 * time.Millisecond
		case p.Querier.MLD == 1:
			most = 65535 * time.Millisecond
		}
		c.checkQuerier(place+".querier", p.Querier, most)
	}
	for i, name := range p.Downstream {
		at := fmt.Sprintf("%s.downstream[%d]", place, i)
		switch {
		case !c.interfaceOf(at, h, name):
		case name == p.Upstream:
			c.wrong(at, "", "%s is the interface upstream already", form.Shown(name))
		case slices.Index(p.Downstream, name) < i:
			c.wrong(at, "", "%s is there twice", form.Shown(name))
		}
	}
}
