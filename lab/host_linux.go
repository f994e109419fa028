package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/vishvananda/netlink"

	"mcast/internal/netns"
	"mcast/internal/sys"
	"mcast/lab/internal/mroute"
)

// machine is what a host is made of on Linux.
type machine struct {
	*netns.Machine
	netlink *netlink.Handle // on the host
	ports   []*port         // in the order of the host's interfaces
	router  *mroute.Router  // nil: it routes no multicast
}

// boot makes a host, with its interfaces up and its IPv4 addresses in use.
func (n *Node) boot(hostsFile string) (err error) {
	n.machine.Machine, err = netns.NewMachine(func(m *netns.Machine) error {
		if err := furnish(n.host.Name, hostsFile); err != nil {
			return err
		}
		if err := writeSysctls(n.lab.engine.inherited); err != nil {
			return err
		}
		if err := n.defaultSysctls(); err != nil {
			return err
		}
		own, ofInterfaces := n.sysctls()
		if err := writeSysctls(own); err != nil {
			return err
		}
		// The socket stays on the host: later requests need no thread there.
		if n.machine.netlink, err = netlink.NewHandle(syscall.NETLINK_ROUTE); err != nil {
			return fmt.Errorf("open a netlink socket: %w", err)
		}
		for _, p := range n.machine.ports {
			if err := n.lab.addCable(p, m.Net()); err != nil {
				return fmt.Errorf("interface %s: %w", p.Name, err)
			}
		}
		// Before they are up: force_igmp_version is about the first report too.
		if err := writeSysctls(ofInterfaces); err != nil {
			return err
		}
		for _, p := range n.machine.ports {
			if err := n.configure(p); err != nil {
				return fmt.Errorf("interface %s: %w", p.Name, err)
			}
		}
		return nil
	})
	return err
}

// furnish gives the host of the calling thread its name, and the directories in which
// programs look for what a machine has one of.
func furnish(name, hostsFile string) error {
	if err := sys.SetHostname(name); err != nil {
		return fmt.Errorf("set the name: %w", err)
	}
	if err := sys.Mount("tmpfs", "/run", "mode=755"); err != nil {
		return fmt.Errorf("mount /run: %w", err)
	}
	if err := sys.Mount("sysfs", "/sys", ""); err != nil {
		return fmt.Errorf("mount /sys: %w", err)
	}
	// A file that is mounted somewhere stays there when its name is removed.
	const written = "/run/hosts"
	if err := os.WriteFile(written, []byte(hostsFile), 0o644); err != nil {
		return err
	}
	err := sys.Bind(written, "/etc/hosts")
	if err != nil && !isNotThere(err) { // what has no such file does not read it
		return fmt.Errorf("mount /etc/hosts: %w", err)
	}
	return os.Remove(written)
}

// hostsFile is the /etc/hosts of all hosts: hosts(5).
func (l *Lab) hostsFile() string {
	var b strings.Builder
	b.WriteString("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n")
	for _, h := range l.topology.Hosts {
		for _, i := range h.Interfaces {
			for _, a := range i.Addresses {
				fmt.Fprintf(&b, "%v\t%s\n", a.Addr(), h.Name)
			}
		}
	}
	return b.String()
}

// configure gives an interface of the host its addresses, and brings it up.
func (n *Node) configure(p *port) error {
	link, err := n.machine.netlink.LinkByName(p.Name)
	if err != nil {
		return fmt.Errorf("find it: %w", err)
	}
	for _, a := range p.Addresses {
		addr := &netlink.Addr{IPNet: ipNet(a)}
		if a.Addr().Is6() {
			addr.Flags = syscall.IFA_F_NODAD
		}
		if err := n.machine.netlink.AddrAdd(link, addr); err != nil {
			return fmt.Errorf("add %v: %w", a, err)
		}
	}
	if err := n.segmentHere(p, link); err != nil {
		return err
	}
	p.linkLocal = n.makesLinkLocal(p)
	if err := n.machine.netlink.LinkSetUp(link); err != nil {
		return fmt.Errorf("bring it up: %w", err)
	}
	return nil
}

// makesLinkLocal reports whether the kernel gives an interface an IPv6 link-local
// address when it comes up.
func (n *Node) makesLinkLocal(p *port) bool {
	if !n.lab.engine.ipv6 || p.mtu() < leastV6 {
		return false
	}
	// To look costs most of what a setting costs: with 500 hosts the kernel has
	// 500 files of that name to choose from.
	for name := range n.host.Sysctls {
		if path := sysctlPath(name); strings.HasSuffix(path, "/disable_ipv6") || strings.HasSuffix(path, "/addr_gen_mode") {
			const modeNone = "1" // IN6_ADDR_GEN_MODE_NONE
			conf := "net/ipv6/conf/" + p.Name + "/"
			return readSysctl(conf+"disable_ipv6") == "0" && readSysctl(conf+"addr_gen_mode") != modeNone
		}
	}
	return true
}

// settle waits until the host's interfaces are ready, and adds what needs that: routes.
func (n *Node) settle(ctx context.Context) error {
	if len(n.machine.ports) > 0 {
		if err := await(ctx, n.missing); err != nil {
			return fmt.Errorf("wait for it to be ready: %w", err)
		}
	}
	for _, r := range n.routes() {
		if err := n.addRoute(r); err != nil {
			return fmt.Errorf("route %v: %w", describeRoute(r), err)
		}
	}
	return nil
}

// missing says what is missing until all interfaces of the host are ready.
func (n *Node) missing() (string, error) {
	links, err := n.machine.netlink.LinkList()
	if errors.Is(err, netlink.ErrDumpInterrupted) {
		return "interfaces are changing", nil
	}
	if err != nil {
		return "", err
	}
	indexes := map[string]int{}
	for _, link := range links {
		indexes[link.Attrs().Name] = link.Attrs().Index
		if i := slices.IndexFunc(n.machine.ports, func(p *port) bool { return p.Name == link.Attrs().Name }); i >= 0 &&
			link.Attrs().OperState != netlink.OperUp {
			return fmt.Sprintf("%s is %v", link.Attrs().Name, link.Attrs().OperState), nil
		}
	}
	addrs, err := n.machine.netlink.AddrList(nil, netlink.FAMILY_V6)
	if errors.Is(err, netlink.ErrDumpInterrupted) {
		return "addresses are changing", nil
	}
	if err != nil {
		return "", err
	}
	linkLocal := map[int]bool{}
	for _, a := range addrs {
		if a.Flags&syscall.IFA_F_TENTATIVE != 0 {
			return fmt.Sprintf("%v is tentative", a.IPNet), nil
		}
		if a.IP.IsLinkLocalUnicast() {
			linkLocal[a.LinkIndex] = true
		}
	}
	for _, p := range n.machine.ports {
		if p.linkLocal && !linkLocal[indexes[p.Name]] {
			return p.Name + " has no IPv6 link-local address", nil
		}
	}
	return "", nil
}

// routes returns the host's routes, with the one by its gateway.
func (n *Node) routes() []Route {
	routes := slices.Clone(n.host.Routes)
	if g := n.host.Gateway; g.IsValid() {
		routes = append(routes, Route{To: everywhere(g), Via: g})
	}
	return routes
}

func (n *Node) addRoute(r Route) error {
	route := &netlink.Route{Dst: ipNet(r.To.Masked())}
	if r.Via.IsValid() {
		route.Gw = r.Via.AsSlice()
	} else if r.To.Addr().Is4() {
		route.Scope = netlink.SCOPE_LINK
	}
	if r.Interface != "" {
		link, err := n.machine.netlink.LinkByName(r.Interface)
		if err != nil {
			return fmt.Errorf("find %s: %w", r.Interface, err)
		}
		route.LinkIndex = link.Attrs().Index
	}
	if r.To.Addr().Is6() && r.To.Addr().IsMulticast() {
		// The kernel's own routes to ff00::/8 are in the table local, which it
		// asks before main: in main this one would never be used.
		route.Table = syscall.RT_TABLE_LOCAL
		route.Type = syscall.RTN_MULTICAST
		route.Priority = 1 // better than the kernel's own, which have 256
	}
	return n.machine.netlink.RouteAdd(route)
}

// describeRoute is the route as ip(8) has it.
func describeRoute(r Route) string {
	text := "to " + r.To.String()
	if r.Via.IsValid() {
		text += " via " + r.Via.String()
	}
	if r.Interface != "" {
		text += " dev " + r.Interface
	}
	return text
}

func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}
