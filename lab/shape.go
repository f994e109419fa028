package lab

import (
	"net"
	"net/netip"
	"time"

	"mcast/lab/internal/form"
)

// This is the format of topologies: which mapping has which keys, what their values
// are, and what is said of them in the schema. Parse and Schema follow from it.

func topologyForm() form.Form[Topology] {
	return form.Extended(form.Mapping("a topology",
		form.Has("name", "what it is called; else as its file, without what follows the dot", form.Name("a name"), func(t *Topology) *string { return &t.Name }),
		form.Has("description", "what it shows, for people", form.Text("a text"), func(t *Topology) *string { return &t.Description }),
		form.Needs("segments", "what interfaces are plugged into", form.Named("segments", segmentForm(), func(s *Segment) *string { return &s.Name }), func(t *Topology) *[]Segment { return &t.Segments }),
		form.Needs("hosts", "the machines", form.Named("hosts", hostForm(), func(h *Host) *string { return &h.Name }), func(t *Topology) *[]Host { return &t.Hosts }),
		form.Has("steps", "programs that are run, each when the one before has come as far as its until says", form.List("steps", stepForm()), func(t *Topology) *[]Step { return &t.Steps }),
		form.Has("expect", "what has to be so in the end", form.List("expectations", expectationForm()), func(t *Topology) *[]Expectation { return &t.Expect }),
	))
}

func segmentForm() form.Form[Segment] {
	port := func(want string) form.Form[string] { return form.Name(want + ", as host.interface") }
	return form.Mapping("a segment",
		form.Has("kind", "a hub, where everybody sees everything, or a switch (default)", form.One(Switch, Hub), func(s *Segment) *SegmentKind { return &s.Kind }),
		form.Has("snooping", "whether the switch sends a group only where it was joined, and to routers (default false)", form.Bool(), func(s *Segment) *bool { return &s.Snooping }),
		form.Has("querier", "whether, and how, the switch asks who is in which group (default false)", form.Switched(querierForm()), func(s *Segment) **Querier { return &s.Querier }),
		form.Sets("flood", "whether groups that nobody has joined go to every port, and not only to routers' (default true)", form.Bool(), func(s *Segment, flood bool) { s.NoFlood = !flood }),
		form.Has("fast_leave", "whether a leave ends a membership without asking who is left (default false)", form.Bool(), func(s *Segment) *bool { return &s.FastLeave }),
		form.Has("static", "memberships by configuration", form.List("memberships", form.Mapping("a static membership",
			form.Needs("group", "the group", form.Address("a group's address"), func(e *StaticEntry) *netip.Addr { return &e.Group }),
			form.Needs("port", "the port that it is sent to, as host.interface", port("a port"), func(e *StaticEntry) *string { return &e.Port }),
		)), func(s *Segment) *[]StaticEntry { return &s.Static }),
		form.Has("isolated", "ports that reach only those that are not isolated, as host.interface", form.Some("ports", port("a port")), func(s *Segment) *[]string { return &s.Isolated }),
	)
}

func querierForm() form.Form[Querier] {
	return form.Mapping("a querier",
		form.Sets("version", "of IGMP: 2 or 3; MLD is then of version 1 or 2 (default the kernel's, 2, of a switch; 3 of a proxy)", form.Whole(2, 3), func(q *Querier, v int) { q.IGMP, q.MLD = v, v-1 }),
		form.Has("interval", "between queries (default 125s)", form.Patience(), func(q *Querier) *time.Duration { return &q.Interval }),
		form.Has("response_interval", "in which they are answered (default 10s, or half the interval if that is shorter)", form.Patience(), func(q *Querier) *time.Duration { return &q.ResponseInterval }),
		form.Has("last_member_interval", "between queries after a leave (default 1s)", form.Patience(), func(q *Querier) *time.Duration { return &q.LastMemberInterval }),
	)
}

func hostForm() form.Form[Host] {
	return form.Mapping("a host",
		form.Has("interfaces", "its network cards", form.Named("interfaces", interfaceForm(), func(i *Interface) *string { return &i.Name }), func(h *Host) *[]Interface { return &h.Interfaces }),
		form.Has("gateway", "the router by which everything else is reached; for both IPv4 and IPv6, see routes", form.Address("the address of a router"), func(h *Host) *netip.Addr { return &h.Gateway }),
		form.Has("routes", "further ways to networks, and to default", form.List("routes", routeForm()), func(h *Host) *[]Route { return &h.Routes }),
		form.Has("sysctls", "settings of the kernel for the host's network, by their names: net.ipv4.conf.all.rp_filter", form.Texts("settings"), func(h *Host) *map[string]string { return &h.Sysctls }),
		form.Has("router", "whether, and how, the host forwards packets (default false)", form.Switched(routerForm()), func(h *Host) **Router { return &h.Router }),
	)
}

func interfaceForm() form.Form[Interface] {
	addresses := form.Some("addresses", form.Prefix("an address with the length of its prefix, such as 192.0.2.1/24"))
	const about = "an address with the length of its prefix, or a list of such"
	field := func(i *Interface) *[]netip.Prefix { return &i.Addresses }
	return form.Mapping("an interface",
		form.Needs("segment", "what it is plugged into", form.Name("the name of a segment"), func(i *Interface) *string { return &i.Segment }),
		form.Has("address", about, addresses, field).As("addresses"),
		form.Has("addresses", "the same as address", addresses, field),
		form.Has("mac", "Ethernet address; else one is made from the names", form.MAC(), func(i *Interface) *net.HardwareAddr { return &i.MAC }),
		form.Has("mtu", "bytes that a packet may have (default 1500)", form.Whole(leastMTU, mostMTU), func(i *Interface) *int { return &i.MTU }),
		form.Has("impair", "what is done to frames towards the host", form.Optional(impairmentForm()), func(i *Interface) **Impairment { return &i.Impair }),
		form.Has("impair_from", "what is done to frames from the host", form.Optional(impairmentForm()), func(i *Interface) **Impairment { return &i.ImpairFrom }),
	)
}

func impairmentForm() form.Form[Impairment] {
	return form.Mapping("an impairment",
		form.Has("loss", "share of frames that is lost", form.Share(), func(i *Impairment) *float64 { return &i.Loss }),
		form.Has("duplicate", "share of frames that arrives twice", form.Share(), func(i *Impairment) *float64 { return &i.Duplicate }),
		form.Has("reorder", "share of frames that is not delayed, and so overtakes", form.Share(), func(i *Impairment) *float64 { return &i.Reorder }),
		form.Has("delay", "of every frame", form.Duration(), func(i *Impairment) *time.Duration { return &i.Delay }),
		form.Has("jitter", "up to so much more or less delay", form.Duration(), func(i *Impairment) *time.Duration { return &i.Jitter }),
		form.Has("rate", "bits a second, such as 10 Mbit", form.Rate(), func(i *Impairment) *uint64 { return &i.Rate }),
		form.Has("queue", "how long a frame waits at most for its turn at the rate, or else is lost (default 100ms)", form.Patience(), func(i *Impairment) *time.Duration { return &i.Queue }),
		form.Has("seed", "the same seed gives the n-th frame of a flow the same fate", form.Seed(), func(i *Impairment) *uint64 { return &i.Seed }),
	)
}

func routeForm() form.Form[Route] {
	return form.Then(form.Mapping("a route",
		form.Needs("to", "a network, or default", form.Network("a network, such as 192.0.2.0/24, or default"), func(r *Route) *netip.Prefix { return &r.To }),
		form.Has("via", "the address of a router", form.Address("the address of a router"), func(r *Route) *netip.Addr { return &r.Via }),
		form.Has("interface", "by which interface; else where via is", form.Name("the name of an interface"), func(r *Route) *string { return &r.Interface }),
	), func(r *Route) {
		if !r.To.IsValid() {
			r.To = everywhere(r.Via)
		}
	})
}

func routerForm() form.Form[Router] {
	name := form.Name("the name of an interface")
	outlet := form.MappingOr(form.Mapping("an outlet",
		form.Needs("interface", "by which packets leave", name, func(o *Outlet) *string { return &o.Interface }),
		form.Has("threshold", "hop limit that a packet must have more than (default 1)", form.Whole(0, mostThreshold), func(o *Outlet) *int { return &o.Threshold }),
	), form.Mapped(name, func(name string) Outlet { return Outlet{Interface: name} }))
	return form.Mapping("a router",
		form.Has("multicast", "static routes of groups", form.List("multicast routes", form.Mapping("a multicast route",
			form.Has("source", "the sender; else any", form.Address("a sender's address"), func(m *MulticastRoute) *netip.Addr { return &m.Source }),
			form.Needs("group", "the group", form.Address("a group's address"), func(m *MulticastRoute) *netip.Addr { return &m.Group }),
			form.Needs("in", "the interface by which packets come", name, func(m *MulticastRoute) *string { return &m.In }),
			form.Needs("out", "the interfaces by which they leave: names, or mappings with a threshold", form.Some("interfaces", outlet), func(m *MulticastRoute) *[]Outlet { return &m.Out }),
		)), func(r *Router) *[]MulticastRoute { return &r.Multicast }),
		form.Has("proxy", "an IGMP and MLD proxy: what is joined downstream is joined upstream, and forwarded", form.Optional(form.Mapping("a proxy",
			form.Needs("upstream", "the interface on the senders' side", name, func(p *Proxy) *string { return &p.Upstream }),
			form.Needs("downstream", "the interfaces on the receivers' side", form.Some("interfaces", name), func(p *Proxy) *[]string { return &p.Downstream }),
			form.Has("querier", "how it asks downstream who is in which group", form.Optional(querierForm()), func(p *Proxy) **Querier { return &p.Querier }),
		)), func(r *Router) **Proxy { return &r.Proxy }),
	)
}

func stepForm() form.Form[Step] {
	return form.Mapping("a step",
		form.Has("name", "what it is called; else step 1, step 2 and so on", form.Name("a name"), func(s *Step) *string { return &s.Name }),
		form.Needs("on", "the host that it runs on", form.Name("the name of a host"), func(s *Step) *string { return &s.On }),
		form.Needs("run", "a program and its arguments: a list, or a line that is split as a shell does, without a shell", form.Command(), func(s *Step) *[]string { return &s.Run }),
		form.Has("env", "environment, besides what is there", form.Texts("values"), func(s *Step) *map[string]string { return &s.Env }),
		form.Has("dir", "working directory", form.Text("a directory"), func(s *Step) *string { return &s.Dir }),
		form.Has("stdin", "standard input", form.Text("a text"), func(s *Step) *string { return &s.Stdin }),
		form.Has("until", "what is waited for before the next step begins: a word, or a mapping with one key (default exit)", conditionForm(), func(s *Step) *Condition { return &s.Until }),
		form.Has("timeout", "of waiting (default 10s)", form.Patience(), func(s *Step) *time.Duration { return &s.Timeout }),
	)
}

func conditionForm() form.Form[Condition] {
	return form.MappingOr(form.OneOf(form.Mapping("a condition",
		form.Has("joined", "the host joins this group, once more if it is a member already, and switches that snoop know it", form.Address("a group's address"), func(c *Condition) *netip.Addr { return &c.Joined }),
		form.Has("line", "a line of output, or of errors, contains this", form.SomeText("a text"), func(c *Condition) *string { return &c.Line }),
	)), form.Mapped(form.One("started", "exit"), func(word string) Condition { return Condition{Started: word == "started"} }))
}

func expectationForm() form.Form[Expectation] {
	return form.Mapping("an expectation",
		form.Has("step", "of this step", form.Name("the name of a step"), func(e *Expectation) *string { return &e.Step }),
		form.Has("stdout", "it prints just this", form.Optional(form.Text("a text")), func(e *Expectation) **string { return &e.Stdout }),
		form.Has("stderr", "it prints just this as errors", form.Optional(form.Text("a text")), func(e *Expectation) **string { return &e.Stderr }),
		form.Has("line", "a line of output, or of errors, contains this", form.SomeText("a text"), func(e *Expectation) *string { return &e.Line }),
		form.Has("exit", "it ends with this status", form.Optional(form.Whole(0, 255)), func(e *Expectation) **int { return &e.Exit }),
		form.Has("running", "it still runs", form.Bool(), func(e *Expectation) *bool { return &e.Running }),
		form.Has("within", "by then, or still then, counted from the last step's beginning (default 10s, and 1s for running and for frames: 0)", form.Patience(), func(e *Expectation) *time.Duration { return &e.Within }),
		form.Has("link", "on this link, as host.interface", form.Name("a link, as host.interface"), func(e *Expectation) *string { return &e.Link }),
		form.Has("filter", "frames that this filter keeps, in tcpdump's language", form.Text("a filter"), func(e *Expectation) *string { return &e.Filter }),
		form.Has("frames", "are seen so many times (default at least once)", form.Optional(form.Count()), func(e *Expectation) **int { return &e.Frames }),
	)
}
