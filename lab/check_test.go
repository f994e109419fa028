package lab

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// two is a topology with what the tests of Validate change.
func two() *Topology {
	prefix := netip.MustParsePrefix
	return &Topology{
		Segments: []Segment{{Name: "lan", Snooping: true}, {Name: "hub", Kind: Hub}},
		Hosts: []Host{
			{Name: "a", Interfaces: []Interface{
				{Name: "eth0", Segment: "lan", Addresses: []netip.Prefix{prefix("10.0.0.1/24")}},
				{Name: "eth1", Segment: "hub", Addresses: []netip.Prefix{prefix("fd00::1/64")}},
			}},
			{Name: "b", Interfaces: []Interface{{Name: "eth0", Segment: "lan", Addresses: []netip.Prefix{prefix("10.0.0.2/24")}}}},
		},
		Steps:  []Step{{Name: "r", On: "a", Run: []string{"recv"}, Until: Condition{Started: true}}, {On: "b", Run: []string{"send"}}},
		Expect: []Expectation{{Step: "r", Exit: of(0)}, {Link: "b.eth0", Filter: "udp"}},
	}
}

func TestValidate(t *testing.T) {
	if err := two().Validate(); err != nil {
		t.Fatal(err)
	}
	if err := (*Topology)(nil).Validate(); err == nil || err.Error() != "there is no topology" {
		t.Errorf("of no topology it says: %v", err)
	}
	addr, prefix := netip.MustParseAddr, netip.MustParsePrefix
	segment := func(f func(s *Segment)) func(*Topology) {
		return func(t *Topology) { f(&t.Segments[0]) }
	}
	host := func(f func(h *Host)) func(*Topology) {
		return func(t *Topology) { f(&t.Hosts[0]) }
	}
	nic := func(f func(n *Interface)) func(*Topology) {
		return func(t *Topology) { f(&t.Hosts[0].Interfaces[0]) }
	}
	address := func(p netip.Prefix) func(*Topology) {
		return nic(func(n *Interface) { n.Addresses = []netip.Prefix{p} })
	}
	impair := func(i Impairment) func(*Topology) {
		return nic(func(n *Interface) { n.Impair = &i })
	}
	querier := func(q Querier) func(*Topology) {
		return segment(func(s *Segment) { s.Querier = &q })
	}
	route := func(r Route) func(*Topology) {
		return host(func(h *Host) { h.Routes = []Route{r} })
	}
	sysctl := func(name, value string) func(*Topology) {
		return host(func(h *Host) { h.Sysctls = map[string]string{name: value} })
	}
	multicast := func(m MulticastRoute) func(*Topology) {
		return host(func(h *Host) { h.Router = &Router{Multicast: []MulticastRoute{m}} })
	}
	proxy := func(p Proxy) func(*Topology) {
		return host(func(h *Host) { h.Router = &Router{Proxy: &p} })
	}
	steps := func(f func(s *Step)) func(*Topology) {
		return func(t *Topology) { f(&t.Steps[0]) }
	}
	expect := func(e Expectation) func(*Topology) {
		return func(t *Topology) { t.Expect = []Expectation{e} }
	}
	out := []Outlet{{Interface: "eth1"}}
	group := addr("239.1.1.1")
	tests := []struct {
		change func(t *Topology)
		want   string // of the only problem, and its hint if there is one; "": it is valid
	}{
		{func(t *Topology) { t.Name = "a b" }, `name: "a b" is no name for a topology | a name is of the letters a to z and A to Z, digits, _ and -, and does not begin with -`},
		{func(t *Topology) { *t = Topology{} }, "hosts: there are no hosts"},
		{func(t *Topology) { t.Segments = append(t.Segments, Segment{}) }, "segments.: a segment needs a name"},
		{func(t *Topology) { t.Segments = append(t.Segments, Segment{Name: "lan"}) }, "segments.lan: there are two segments of this name"},
		{func(t *Topology) { t.Hosts = append(t.Hosts, Host{Name: "b"}) }, "hosts.b: there are two hosts of this name"},
		{func(t *Topology) { t.Hosts = append(t.Hosts, Host{Name: "-b"}) }, `hosts.-b: "-b" is no name for a host | a name is of the letters a to z and A to Z, digits, _ and -, and does not begin with -`},
		{func(t *Topology) { t.Hosts = append(t.Hosts, Host{Name: "LocalHost"}) }, "hosts.LocalHost: every host is localhost to itself"},
		{func(t *Topology) { t.Hosts = append(t.Hosts, Host{Name: strings.Repeat("x", 63)}) }, ""},
		{func(t *Topology) { t.Hosts = append(t.Hosts, Host{Name: strings.Repeat("x", 64)}) }, "hosts." + strings.Repeat("x", 64) + `: the name of a host has up to 63 bytes, and "` + strings.Repeat("x", 60) + `"… has 64`},
		{nic(func(n *Interface) { n.Name = "eth1" }), "hosts.a.interfaces.eth1: there are two interfaces of this name"},
		{nic(func(n *Interface) { n.Name = "lo" }), "hosts.a.interfaces.lo: every host has an interface lo without being told"},
		{nic(func(n *Interface) { n.Name = "all" }), `hosts.a.interfaces.all: the kernel has settings called "all", so no interface may be`},
		{nic(func(n *Interface) { n.Name = "a123456789012345" }), `hosts.a.interfaces.a123456789012345: the name of an interface has up to 15 bytes, and "a123456789012345" has 16`},
		{nic(func(n *Interface) { n.Segment = "lon" }), `hosts.a.interfaces.eth0.segment: there is no segment "lon" | did you mean lan?`},

		{segment(func(s *Segment) { s.Kind = "router" }), `segments.lan.kind: a segment is a hub or a switch, not a "router"`},
		{func(t *Topology) { t.Segments[1].FastLeave = true }, "segments.hub.fast_leave: a hub has no fast leave: everybody sees everything | kind: switch has it"},
		{segment(func(s *Segment) { s.Snooping, s.Querier = false, &Querier{} }), "segments.lan.querier: querier means nothing to a switch without snooping | add snooping: true"},
		{querier(Querier{IGMP: 3, MLD: 2, Interval: time.Second}), ""},
		{querier(Querier{IGMP: 1}), "segments.lan.querier.version: queriers know versions 2 and 3 of IGMP, not 1"},
		{querier(Querier{MLD: 3}), "segments.lan.querier.version: queriers know versions 1 and 2 of MLD, not 3"},
		{querier(Querier{Interval: time.Millisecond}), "segments.lan.querier.interval: this is 1s to 8h49m4s, not 1ms"},
		{querier(Querier{ResponseInterval: 25500 * time.Millisecond, LastMemberInterval: 25500 * time.Millisecond}), ""},
		{querier(Querier{ResponseInterval: 26 * time.Second}), "segments.lan.querier.response_interval: this is 100ms to 25.5s, not 26s"},
		{querier(Querier{IGMP: 3, LastMemberInterval: 13 * time.Second}), "segments.lan.querier.last_member_interval: this is 100ms to 12.7s, not 13s"},
		{querier(Querier{Interval: time.Second, ResponseInterval: time.Second}), "segments.lan.querier.response_interval: the time for answers is less than that between queries (RFC 3376, 8.3)"},
		{segment(func(s *Segment) { s.Static = []StaticEntry{{group, "a.eth0"}} }), ""},
		{segment(func(s *Segment) { s.Static = []StaticEntry{{group, "a.eth0"}, {group, "a.eth0"}} }), "segments.lan.static[1]: this membership is there twice"},
		{segment(func(s *Segment) { s.Static = []StaticEntry{{group, "a.eth1"}} }), "segments.lan.static[0].port: a.eth1 is plugged into hub, not into lan"},
		{segment(func(s *Segment) { s.Static = []StaticEntry{{group, "a.eth7"}} }), `segments.lan.static[0].port: there is no port "a.eth7" | did you mean a.eth0?`},
		{segment(func(s *Segment) { s.Static = []StaticEntry{{addr("10.0.0.1"), "a.eth0"}} }), "segments.lan.static[0].group: 10.0.0.1 is no group | groups are 224.0.0.0 to 239.255.255.255, and ff00:: to ffff::…"},
		{segment(func(s *Segment) { s.Static = []StaticEntry{{addr("224.0.0.251"), "a.eth0"}} }), "segments.lan.static[0].group: 224.0.0.251 goes to every port in any case"},
		{segment(func(s *Segment) { s.Isolated = []string{"a.eth0", "a.eth0"} }), "segments.lan.isolated[1]: this port is there twice"},

		{address(netip.Prefix{}), "hosts.a.interfaces.eth0.addresses[0]: this is no address with the length of its prefix | for example 192.0.2.1/24"},
		{address(prefix("239.1.1.1/24")), "hosts.a.interfaces.eth0.addresses[0]: 239.1.1.1 is a group, not the address of a host"},
		{address(prefix("127.0.0.2/8")), "hosts.a.interfaces.eth0.addresses[0]: 127.0.0.2 is the loopback interface's"},
		{address(prefix("10.0.0.0/24")), "hosts.a.interfaces.eth0.addresses[0]: 10.0.0.0/24 is the network itself, not an address in it | the first address is 10.0.0.1/24"},
		{address(prefix("10.0.3.255/22")), "hosts.a.interfaces.eth0.addresses[0]: 10.0.3.255 is the broadcast address of 10.0.0.0/22"},
		{address(prefix("10.0.2.255/22")), ""},
		{address(prefix("10.0.0.4/31")), ""},
		{address(prefix("10.0.0.9/0")), "hosts.a.interfaces.eth0.addresses[0]: 10.0.0.9/0 says that every address is on this segment"},
		{address(prefix("::ffff:10.0.0.1/120")), "hosts.a.interfaces.eth0.addresses[0]: ::ffff:10.0.0.1 is an IPv4 address in the clothes of IPv6 | write 10.0.0.1"},
		{address(prefix("10.0.0.2/24")), "hosts.b.interfaces.eth0.addresses[0]: 10.0.0.2 is the address of a.eth0 on the same segment"},
		{func(t *Topology) {
			t.Hosts[1].Interfaces[0].Segment = "hub"
			t.Hosts[1].Interfaces[0].Addresses[0] = prefix("10.0.0.1/24")
		}, ""},
		{nic(func(n *Interface) { n.MAC = net.HardwareAddr{1, 0, 0, 0, 0, 1} }), "hosts.a.interfaces.eth0.mac: 01:00:00:00:00:01 is a group's address, not an interface's | the first byte is even; 02:… is for addresses of one's own"},
		{nic(func(n *Interface) { n.MAC = make(net.HardwareAddr, 6) }), "hosts.a.interfaces.eth0.mac: 00:00:00:00:00:00 is no address of an interface"},
		{nic(func(n *Interface) { n.MAC = net.HardwareAddr{2} }), "hosts.a.interfaces.eth0.mac: an Ethernet address has 6 bytes, not 1 | for example 02:00:00:00:00:01"},
		{func(t *Topology) {
			for i := range t.Hosts {
				t.Hosts[i].Interfaces[0].MAC = net.HardwareAddr{2, 0, 0, 0, 0, 1}
			}
		}, "hosts.b.interfaces.eth0.mac: 02:00:00:00:00:01 is the address of a.eth0 on the same segment"},
		{nic(func(n *Interface) { n.MTU = 67 }), "hosts.a.interfaces.eth0.mtu: an MTU is 68 to 65535, not 67"},
		{nic(func(n *Interface) { n.MTU = 68 }), ""},
		{func(t *Topology) { t.Hosts[0].Interfaces[1].MTU = 1279 }, "hosts.a.interfaces.eth1.mtu: IPv6 needs an MTU of 1280 or more, and here it is 1279"},
		{impair(Impairment{Loss: 1, Duplicate: 1, Reorder: 1, Delay: time.Minute, Jitter: time.Minute, Rate: 1, Seed: 1}), ""},
		{impair(Impairment{Loss: 1.01}), "hosts.a.interfaces.eth0.impair.loss: a share is 0 to 1, or 0% to 100%, not 1.01"},
		{impair(Impairment{Duplicate: math.NaN()}), "hosts.a.interfaces.eth0.impair.duplicate: a share is 0 to 1, or 0% to 100%, not NaN"},
		{impair(Impairment{Reorder: 0.1}), "hosts.a.interfaces.eth0.impair.reorder: frames overtake others that are delayed, and here none is | add a delay"},
		{impair(Impairment{Queue: time.Second}), "hosts.a.interfaces.eth0.impair.queue: frames wait for their turn at a rate, and here is none | add a rate"},
		{impair(Impairment{Rate: 1, Queue: 25 * time.Hour}), "hosts.a.interfaces.eth0.impair.queue: a frame waits 0 to 24h0m0s, not 25h0m0s"},
		{impair(Impairment{Delay: 25 * time.Hour}), "hosts.a.interfaces.eth0.impair.delay: a delay is 0 to 24h0m0s, not 25h0m0s"},
		{impair(Impairment{Jitter: time.Second}), "hosts.a.interfaces.eth0.impair.jitter: jitter is more or less delay: it cannot be more than the delay | add delay: 1s, or more"},
		{impair(Impairment{Jitter: -time.Second}), "hosts.a.interfaces.eth0.impair.jitter: jitter is 0 to 24h0m0s, not -1s"},
		{func(t *Topology) {
			for i := range mostPorts - 1 {
				t.Hosts = append(t.Hosts, Host{Name: fmt.Sprint("h", i), Interfaces: []Interface{{Name: "eth0", Segment: "lan"}}})
			}
		}, "hosts.h1021.interfaces.eth0.segment: the bridge that is a segment has up to 1023 ports"},

		{host(func(h *Host) { h.Gateway = addr("10.0.0.254") }), ""},
		{host(func(h *Host) { h.Gateway = addr("10.0.1.254") }), "hosts.a.gateway: 10.0.1.254 is in no network of this host | a router is reached by an interface with an address in the same network"},
		{host(func(h *Host) { h.Gateway = addr("10.0.0.1") }), "hosts.a.gateway: 10.0.0.1 is this host itself"},
		{host(func(h *Host) { h.Gateway = addr("fe80::1") }), "hosts.a.gateway: fe80::1 may be by any interface | write a route: {to: default, via: fe80::1, interface: NAME}"},
		{host(func(h *Host) {
			h.Gateway, h.Routes = addr("10.0.0.254"), []Route{{To: prefix("0.0.0.0/0"), Via: addr("10.0.0.253")}}
		}), "hosts.a.routes[0].to: the gateway 10.0.0.254 is the route to everything else already | leave one of them out"},
		{route(Route{To: prefix("224.0.0.0/4"), Interface: "eth1"}), ""},
		{route(Route{To: prefix("::/0"), Via: addr("fe80::1"), Interface: "eth1"}), ""},
		{route(Route{}), "hosts.a.routes[0].to: which network?"},
		{route(Route{To: prefix("224.0.0.0/4")}), "hosts.a.routes[0]: by which way is 224.0.0.0/4 reached? | add via, the address of a router, or interface"},
		{route(Route{To: prefix("224.0.0.1/4"), Interface: "eth1"}), "hosts.a.routes[0].to: 224.0.0.1/4 is an address in a network, not the network | write 224.0.0.0/4"},
		{route(Route{To: prefix("224.0.0.0/4"), Interface: "eth2"}), `hosts.a.routes[0].interface: there is no interface "eth2" | did you mean eth0?`},
		{route(Route{To: prefix("::/0"), Via: addr("10.0.0.254")}), "hosts.a.routes[0].via: 10.0.0.254 is of another family than ::/0"},
		{route(Route{To: prefix("0.0.0.0/0"), Via: addr("10.0.0.254"), Interface: "eth1"}), "hosts.a.routes[0].via: 10.0.0.254 is in no network of the interface eth1"},

		{sysctl("net.ipv4.conf.eth0.rp_filter", "1"), ""},
		{sysctl("net.ipv4.conf.eth2.rp_filter", "1"), `hosts.a.sysctls.net.ipv4.conf.eth2.rp_filter: there is no interface "eth2" | did you mean eth0?`},
		{sysctl("kernel.hostname", "1"), `hosts.a.sysctls.kernel.hostname: "kernel.hostname" is no name of a setting | for example net.ipv4.conf.all.rp_filter`},
		{sysctl("kernel.keys.maxkeys", "1"), `hosts.a.sysctls.kernel.keys.maxkeys: "kernel.keys.maxkeys" is a setting of the machine, not of a host | hosts have settings of their own below net.`},
		{sysctl("net.ipv4.../../kernel/hostname", "x"), `hosts.a.sysctls.net.ipv4.../../kernel/hostname: "net.ipv4.../../kernel/hostname" is no name of a setting | for example net.ipv4.conf.all.rp_filter`},
		{sysctl("net.ipv4.ip_forward", ""), `hosts.a.sysctls.net.ipv4.ip_forward: "" is no value of a setting`},

		{multicast(MulticastRoute{Source: addr("10.0.0.9"), Group: group, In: "eth0", Out: out}), ""},
		{multicast(MulticastRoute{In: "eth0", Out: out}), "hosts.a.router.multicast[0].group: which group?"},
		{multicast(MulticastRoute{Group: addr("224.0.0.5"), In: "eth0", Out: out}), "hosts.a.router.multicast[0].group: no router forwards 224.0.0.5: it stays on its link"},
		{multicast(MulticastRoute{Source: addr("fd00::9"), Group: group, In: "eth0", Out: out}), "hosts.a.router.multicast[0].source: fd00::9 is of another family than 239.1.1.1"},
		{multicast(MulticastRoute{Group: group, In: "eth0"}), "hosts.a.router.multicast[0].out: by which interfaces does it leave?"},
		{multicast(MulticastRoute{Group: group, In: "eth1", Out: out}), "hosts.a.router.multicast[0].out[0]: packets do not leave by the interface that they came by"},
		{multicast(MulticastRoute{Group: group, In: "eth0", Out: append(out, out...)}), "hosts.a.router.multicast[0].out[1]: eth1 is there twice"},
		{multicast(MulticastRoute{Group: group, In: "eth0", Out: []Outlet{{"eth1", 255}}}), "hosts.a.router.multicast[0].out[0].threshold: a threshold is 0 to 254, not 255"},
		{multicast(MulticastRoute{Group: addr("ff15::1"), In: "eth0", Out: []Outlet{{"eth1", 2}}}), "hosts.a.router.multicast[0].out[0].threshold: Linux has no thresholds for IPv6"},
		{multicast(MulticastRoute{Group: group, In: "nic", Out: out}), `hosts.a.router.multicast[0].in: there is no interface "nic" | the interfaces are eth0, eth1`},
		{host(func(h *Host) {
			h.Router = &Router{Multicast: []MulticastRoute{{Group: group, In: "eth0", Out: out}, {Group: group, In: "eth0", Out: out}}}
		}), "hosts.a.router.multicast[1]: there is a route of this source and group already"},
		{proxy(Proxy{Upstream: "eth0", Downstream: []string{"eth1"}}), ""},
		{proxy(Proxy{Upstream: "eth0", Downstream: []string{"eth1"}, Querier: &Querier{ResponseInterval: time.Minute}}), ""},
		{proxy(Proxy{Upstream: "eth0", Downstream: []string{"eth1"}, Querier: &Querier{IGMP: 2, ResponseInterval: time.Minute}}), "hosts.a.router.proxy.querier.response_interval: this is 100ms to 25.5s, not 1m0s"},
		{proxy(Proxy{Upstream: "eth0", Downstream: []string{"eth1"}, Querier: &Querier{MLD: 1, LastMemberInterval: 70 * time.Second}}), "hosts.a.router.proxy.querier.last_member_interval: this is 100ms to 1m5.535s, not 1m10s"},
		{proxy(Proxy{Upstream: "eth0", Downstream: []string{"eth1"}, Querier: &Querier{MLD: 3}}), "hosts.a.router.proxy.querier.version: queriers know versions 1 and 2 of MLD, not 3"},
		{host(func(h *Host) {
			h.Router = &Router{Multicast: []MulticastRoute{{Group: group, In: "eth0", Out: out}, {Group: group, In: "eth1", Out: []Outlet{{Interface: "eth0"}}}}}
		}), ""},
		{proxy(Proxy{Upstream: "eth0"}), "hosts.a.router.proxy.downstream: which interfaces are on the receivers' side?"},
		{proxy(Proxy{Upstream: "eth0", Downstream: []string{"eth0"}}), "hosts.a.router.proxy.downstream[0]: eth0 is the interface upstream already"},
		{proxy(Proxy{Upstream: "eth0", Downstream: []string{"eth1", "eth1"}}), "hosts.a.router.proxy.downstream[1]: eth1 is there twice"},

		{steps(func(s *Step) { s.Name, s.On = "x", "a" }), `expect[0].step: there is no step "r" | the steps are x, step 2`},
		{func(t *Topology) { t.Steps[1].Name = "r" }, "steps[1].name: there are two steps of this name"},
		{steps(func(s *Step) { s.On = "c" }), `steps[0].on: there is no host "c" | the hosts are a, b`},
		{steps(func(s *Step) { s.Run = []string{"", "x"} }), "steps[0].run: which program?"},
		{steps(func(s *Step) { s.Run = []string{"x", "\x00"} }), "steps[0].run[1]: an argument cannot have a byte that is 0"},
		{steps(func(s *Step) { s.Env = map[string]string{"A=B": "x"} }), `steps[0].env.A=B: "A=B" is no name of a variable`},
		{steps(func(s *Step) { s.Until = Condition{Started: true, Line: "x"} }), "steps[0].until: one thing is waited for, and here are 2"},
		{steps(func(s *Step) { s.Until = Condition{Joined: addr("::1")} }), "steps[0].until.joined: ::1 is no group | groups are 224.0.0.0 to 239.255.255.255, and ff00:: to ffff::…"},
		{steps(func(s *Step) { s.Timeout = -1 }), "steps[0].timeout: a time is not less than nothing: -1ns"},

		{expect(Expectation{}), "expect[0]: of what is this expected? | add step or link"},
		{expect(Expectation{Step: "r", Link: "a.eth0"}), "expect[0]: an expectation is of a step or of a link, and this is of both | make two of it"},
		{expect(Expectation{Step: "r"}), "expect[0]: what is expected of r? | add stdout, stderr, line, exit or running"},
		{expect(Expectation{Step: "step 2", Exit: of(1)}), ""},
		{expect(Expectation{Step: "step 1", Exit: of(1)}), `expect[0].step: there is no step "step 1" | did you mean step 2?`},
		{expect(Expectation{Step: "r", Running: true}), ""},
		{expect(Expectation{Step: "r", Running: true, Exit: of(0)}), "expect[0].running: a program that still runs has no exit status | make two of it, each with its within"},
		{expect(Expectation{Step: "step 2", Running: true}), "expect[0].running: step 2 is waited for until it ends, so it does not run then | give the step another until: started, {line: TEXT} or {joined: GROUP}"},
		{expect(Expectation{Step: "r", Exit: of(256)}), "expect[0].exit: an exit status is 0 to 255, not 256"},
		{expect(Expectation{Step: "r", Exit: of(0), Frames: of(1)}), "expect[0].frames: frames is not a matter of a step"},
		{expect(Expectation{Step: "r", Exit: of(0), Within: -1}), "expect[0].within: a time is not less than nothing: -1ns"},
		{expect(Expectation{Link: "a.eth0", Line: "x"}), "expect[0].line: line is not a matter of a link"},
		{expect(Expectation{Link: "a.eth0", Frames: of(-1)}), "expect[0].frames: a number of frames is 0 or more, not -1"},
		{expect(Expectation{Link: "a.eth2"}), `expect[0].link: there is no link "a.eth2" | did you mean a.eth0?`},
		{expect(Expectation{Link: "a.eth0", Filter: "host b"}), ""},
		{expect(Expectation{Link: "a.eth0", Filter: "udp port x"}), `expect[0].filter: filter: no port is called "x" | a port without a name of its own is told by its number`},
	}
	for i, tt := range tests {
		topology := two()
		tt.change(topology)
		err := topology.Validate()
		got := ""
		if wrong, ok := errors.AsType[*TopologyError](err); ok {
			var all []string
			for _, p := range wrong.Problems {
				s := p.Error()
				if p.Advice != "" {
					s += " | " + p.Advice
				}
				all = append(all, s)
			}
			got = strings.Join(all, "\n")
			if wrong.Show() != "" {
				t.Errorf("%d: there is no line to show: %s", i, wrong.Show())
			}
		}
		if got != tt.want {
			t.Errorf("%d: Validate says\n%s\nwant\n%s", i, got, tt.want)
		}
	}
}
