package lab

import (
	"cmp"
	"net"
	"net/netip"
	"time"
)

// Topology is a network, the programs that run on its hosts, and what is expected of
// them. Names are those of a file: letters, digits, - and _, up to 15 bytes for an interface.
type Topology struct {
	Name        string
	Description string // what it shows, for people

	Segments []Segment
	Hosts    []Host

	Steps  []Step
	Expect []Expectation
}

// Segment is what interfaces are plugged into.
type Segment struct {
	Name string
	Kind SegmentKind // empty: Switch

	// The rest is of switches.

	// Snooping has the switch send a group only where it was joined, and to routers.
	Snooping bool

	// Querier, if it is not nil, has the switch ask who is in which group.
	Querier *Querier

	// NoFlood keeps groups that nobody has joined from every port but routers'.
	NoFlood bool

	// FastLeave ends a membership at the leave, without asking who is left.
	FastLeave bool

	// Static are memberships by configuration.
	Static []StaticEntry

	// Isolated are ports that reach only those that are not ("host.interface").
	Isolated []string
}

// SegmentKind is a kind of segment.
type SegmentKind string

// The kinds of segments.
const (
	Hub    SegmentKind = "hub" // everybody sees everything
	Switch SegmentKind = "switch"
)

// Querier says how a switch or a proxy asks for memberships.
type Querier struct {
	// Versions: 2 or 3, and 1 or 2. 0: of a switch the kernel's, which are 2 and 1; of a
	// proxy 3 and 2.
	IGMP, MLD int

	// The defaults are those of RFC 9776, section 8. The last two are up to 25.5 s by version 2 of
	// IGMP, and 12.7 s by version 3 of a switch, whose kernel cannot say more.
	Interval           time.Duration // between queries; 0 is 125 s
	ResponseInterval   time.Duration // in which they are answered; 0 is 10 s, or half the interval if that is shorter
	LastMemberInterval time.Duration // between queries after a leave; 0 is 1 s
}

// timed returns the querier with times in place of zeros.
func (q Querier) timed() Querier {
	q.Interval = cmp.Or(q.Interval, 125*time.Second)
	q.ResponseInterval = cmp.Or(q.ResponseInterval, min(10*time.Second, q.Interval/2))
	q.LastMemberInterval = cmp.Or(q.LastMemberInterval, time.Second)
	return q
}

// StaticEntry is a membership by configuration: the group is sent to the port.
type StaticEntry struct {
	Group netip.Addr
	Port  string // "host.interface"
}

// Host is a machine of its own: name, interfaces, routes, settings.
type Host struct {
	Name       string
	Interfaces []Interface

	// Gateway is by where everything else is reached; the zero value: nowhere.
	Gateway netip.Addr
	Routes  []Route

	// Sysctls are settings by their name ("net.ipv4.conf.all.rp_filter"). What
	// is not here is as the kernel has it, whatever the machine's settings are.
	Sysctls map[string]string

	// Router, if it is not nil, has the host forward packets.
	Router *Router
}

// Interface is a network card, plugged into a segment.
type Interface struct {
	Name      string
	Segment   string
	Addresses []netip.Prefix
	MAC       net.HardwareAddr // nil: made from the names
	MTU       int              // 0: 1500

	// Impair is done to frames towards the host, ImpairFrom to those from it. nil:
	// nothing.
	Impair, ImpairFrom *Impairment
}

// Impairment is what a bad link does to frames, to each by itself, in this order: loss,
// duplication, rate, delay. A datagram of a sender with segmentation offload is a frame of its
// own.
//
// A flow is the frames with the same addresses, ports and protocol: what becomes of the n-th
// of them depends on nothing but the seed. Of what is sent to a group the source port does not
// count: it is commonly another one in each run.
type Impairment struct {
	Loss      float64       // share that is lost: 0.1 is a tenth
	Duplicate float64       // share that arrives twice
	Reorder   float64       // share that is not delayed, and so overtakes; needs a delay
	Delay     time.Duration // of every frame
	Jitter    time.Duration // up to so much more or less, evenly, for each frame by itself: these overtake too
	Rate      uint64        // bits a second, counted from the Ethernet header on; 0: no limit
	Queue     time.Duration // how long a frame waits at most for its turn at that rate, or else is lost; 0: 100 ms
	Seed      uint64        // the same seed, the same fate of the n-th frame of a flow
}

// Route is a way to a network.
type Route struct {
	To        netip.Prefix
	Via       netip.Addr // zero: it is at the interface
	Interface string     // empty: where Via is
}

// everywhere is what the default route by a router is to.
func everywhere(via netip.Addr) netip.Prefix {
	if via.Is6() {
		return netip.PrefixFrom(netip.IPv6Unspecified(), 0)
	}
	return netip.PrefixFrom(netip.IPv4Unspecified(), 0)
}

// Router has a host forward packets, unicast by its routes and multicast as is said
// here. A packet is forwarded if its hop limit is more than 1, which is what senders
// of multicast usually say. Groups of a link (224.0.0.0/24, ff02::/16) never are.
type Router struct {
	Multicast []MulticastRoute
	Proxy     *Proxy
}

// MulticastRoute is a static route of a group. The router joins the group on the
// incoming interface, so that switches and routers there send it.
type MulticastRoute struct {
	Source netip.Addr // zero: any, (*,G)
	Group  netip.Addr
	In     string // interface
	Out    []Outlet
}

// Outlet is an interface by which a group leaves a router.
type Outlet struct {
	Interface string
	Threshold int // hop limit that a packet must have more than, up to 254; 0 is 1, and IPv6 has no other
}

// Proxy is an IGMP and MLD proxy (RFC 4605): what is joined at the downstream
// interfaces is joined at the upstream one, and forwarded. Of several proxies on a segment
// only the one with the lowest address forwards there, which is elected to ask for memberships.
type Proxy struct {
	Upstream   string
	Downstream []string

	// Querier is how it asks downstream. nil: as its zero value says.
	Querier *Querier
}

// Step is a program that is run on a host. Steps begin one after the other, each when
// the one before has come as far as its Until says.
type Step struct {
	Name string // empty: "step N"
	On   string
	Run  []string // the command and its arguments; no shell

	Env   map[string]string
	Dir   string
	Stdin string

	// Until is what is waited for before the next step begins. The zero value
	// is the end of the program.
	Until   Condition
	Timeout time.Duration // of waiting; 0 is 10 s
}

// Condition is what is waited for. One of its fields is set.
type Condition struct {
	Started bool       // nothing
	Line    string     // a line of output, or of errors, that contains this
	Joined  netip.Addr // the host joins the group, once more if it is a member already, and switches that snoop know it
}

// Expectation is something that has to be so in the end. Either Step is set or Link.
type Expectation struct {
	Step    string        // of this step …
	Stdout  *string       // it prints just this
	Stderr  *string       // and this
	Line    string        // a line of either contains this
	Exit    *int          // it ends so
	Running bool          // it still runs
	Within  time.Duration // by then, or still then, counted from the last step's beginning; 0 is 10 s, and 1 s for Running and for no frames

	Link   string // "host.interface": on this link …
	Filter string // frames that this keeps
	Frames *int   // are seen so many times; nil: at least once
}
