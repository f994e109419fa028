package membership

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/netip"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"mcast/internal/nettest"
	"mcast/internal/sys"
)

// open opens a host's namespace.
func open(t testing.TB, h *nettest.Host) *Host {
	t.Helper()
	var m *Host
	var err error
	h.Do(func() { m, err = Open(Config{}) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

func list(t testing.TB, m *Host) *Report {
	t.Helper()
	r, err := m.List()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// socket opens a socket in a host.
func socket(t testing.TB, h *nettest.Host, family sys.Family) *sys.Socket {
	t.Helper()
	var s *sys.Socket
	var err error
	h.Do(func() { s, err = sys.OpenUDP(family) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// find returns a membership, and fails the test if it is missing or twice there.
func find(t testing.TB, r *Report, name string, group netip.Addr) *Membership {
	t.Helper()
	var found *Membership
	for i, m := range r.Memberships {
		if m.Interface == name && m.Group == group {
			if found != nil {
				t.Fatalf("%v on %s is listed twice", group, name)
			}
			found = &r.Memberships[i]
		}
	}
	if found == nil {
		t.Fatalf("%v on %s is not in %+v", group, name, r.Memberships)
	}
	return found
}

// h ── eth0 ────── eth0 ── peer
func oneHost(t testing.TB) *nettest.Host {
	t.Helper()
	h, peer := nettest.NewHost(t, "h"), nettest.NewHost(t, "peer")
	nettest.Pair(t, h.NIC("eth0", "192.0.2.1/24", "2001:db8::1/64"), peer.NIC("eth0", "192.0.2.2/24"))
	return h
}

func TestList(t *testing.T) {
	h := oneHost(t)
	index := h.Interface("eth0").Index
	m := open(t, h)

	s := socket(t, h, sys.IPv4)
	must(t, s.Bind(netip.MustParseAddrPort("0.0.0.0:5000"), 0))
	must(t, s.JoinGroup(group, index))
	must(t, s.JoinSource(ssm, source, index))
	x := socket(t, h, sys.IPv4) // bound to nothing: no list of sockets has it
	must(t, x.JoinGroup(group, index))
	must(t, x.SetSourceFilter(group, index, true, []netip.Addr{source2, source}))
	s6 := socket(t, h, sys.IPv6)
	must(t, s6.JoinGroup(group6, index))
	must(t, s6.JoinGroup(local6, index))

	r := list(t, m)
	g := find(t, r, "eth0", group)
	if len(g.Sockets) != 2 || g.Users != 2 || g.Unknown+g.Kernel != 0 || !g.Filter.anySource() {
		t.Errorf("%v is %+v", group, g)
	}
	byLocal := func(local string) Socket {
		i := slices.IndexFunc(g.Sockets, func(s Socket) bool { return s.Local.String() == local })
		if i < 0 {
			t.Fatalf("no socket at %s in %+v", local, g.Sockets)
		}
		return g.Sockets[i]
	}
	if s := byLocal("0.0.0.0:5000"); s.PID != os.Getpid() || s.Command != command(os.Getpid()) || s.Inode == 0 || s.Protocol != "udp" || !s.Filter.anySource() {
		t.Errorf("the bound socket is %+v", s)
	}
	if s := byLocal("0.0.0.0:0"); !s.Filter.Equal(Filter{Exclude, []netip.Addr{source, source2}}) {
		t.Errorf("the other socket is %+v", s)
	}
	if g := find(t, r, "eth0", ssm); len(g.Sockets) != 1 || !g.Filter.Equal(Filter{Include, []netip.Addr{source}}) || g.Version.String() != "IGMPv3" {
		t.Errorf("%v is %+v", ssm, g)
	}
	for _, group := range []netip.Addr{group6, local6} {
		if g := find(t, r, "eth0", group); len(g.Sockets) != 1 || !g.Filter.anySource() {
			t.Errorf("%v is %+v", group, g)
		}
	}
	for _, group := range []netip.Addr{allHosts, allNodes, netip.MustParseAddr("ff02::1:ff00:1")} {
		if g := find(t, r, "eth0", group); len(g.Sockets) != 0 || g.Kernel != 1 || g.Unknown != 0 || !g.Filter.anySource() {
			t.Errorf("%v is %+v", group, g)
		}
	}
}

// Of some groups the same is told as of all, and of others nothing.
func TestListOf(t *testing.T) {
	h := oneHost(t)
	index := h.Interface("eth0").Index
	m := open(t, h)
	for range 2 {
		s := socket(t, h, sys.IPv4)
		must(t, s.JoinGroup(group, index))
		must(t, s.JoinSource(ssm, source, index))
		must(t, s.JoinGroup(netip.AddrFrom4([4]byte{239, 1, 1, 2}), index))
	}
	s6 := socket(t, h, sys.IPv6)
	must(t, s6.Bind(netip.MustParseAddrPort("[ff02::77]:5000"), h.Interface("lo").Index)) // of which nothing is wanted
	must(t, s6.JoinGroup(group6, index))
	wanted := func(g netip.Addr, name string, i int) bool {
		return name == "eth0" && i == index && (g == ssm || g == group6 || g == allHosts)
	}
	got, err := m.ListOf(wanted)
	must(t, err)
	var want []Membership
	for _, m := range list(t, m).Memberships {
		if wanted(m.Group, m.Interface, m.Index) {
			want = append(want, m)
		}
	}
	if len(want) != 3 || !reflect.DeepEqual(got.Memberships, want) {
		t.Errorf("it is\n%+v, want\n%+v", got.Memberships, want)
	}
}

// Sockets of every kind, in every way to join.
func TestKinds(t *testing.T) {
	h := oneHost(t)
	peer := nettest.NewHost(t, "peer2")
	const long = "fifteen-letters"
	nettest.Pair(t, h.NIC(long, "198.51.100.1/24"), peer.NIC("eth0"))
	index, index2 := h.Interface("eth0").Index, h.Interface(long).Index
	m := open(t, h)

	plain := func(domain, kind, protocol int) int {
		var fd int
		var err error
		h.Do(func() { fd, err = syscall.Socket(domain, kind|syscall.SOCK_CLOEXEC, protocol) })
		must(t, err)
		t.Cleanup(func() { _ = syscall.Close(fd) })
		return fd
	}
	join := func(fd int, group netip.Addr, index int) {
		must(t, syscall.SetsockoptIPMreqn(fd, syscall.IPPROTO_IP, syscall.IP_ADD_MEMBERSHIP, &syscall.IPMreqn{Multiaddr: group.As4(), Ifindex: int32(index)}))
	}
	// A socket of IPv6 that joins groups of both families.
	dual := plain(syscall.AF_INET6, syscall.SOCK_DGRAM, 0)
	join(dual, group, index)
	must(t, syscall.SetsockoptIPv6Mreq(dual, syscall.IPPROTO_IPV6, syscall.IPV6_JOIN_GROUP, &syscall.IPv6Mreq{Multiaddr: group6.As16(), Interface: uint32(index)}))
	// The same group on two interfaces.
	join(dual, group, index2)
	// 20 groups and more: as many as it may, with room between.
	many := plain(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
	h.Sysctl("net/ipv4/igmp_max_memberships", "30")
	for i := range 25 {
		join(many, netip.AddrFrom4([4]byte{239, 2, byte(i), 1}), index2)
	}
	raw := plain(syscall.AF_INET, syscall.SOCK_RAW, syscall.IPPROTO_IGMP)
	join(raw, netip.AddrFrom4([4]byte{224, 0, 0, 22}), index)
	raw6 := plain(syscall.AF_INET6, syscall.SOCK_RAW, syscall.IPPROTO_ICMPV6)
	must(t, syscall.SetsockoptIPv6Mreq(raw6, syscall.IPPROTO_IPV6, syscall.IPV6_JOIN_GROUP, &syscall.IPv6Mreq{Multiaddr: local6.As16(), Interface: uint32(index)}))
	// One that takes option memory otherwise: it is asked about everything.
	other := plain(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
	must(t, syscall.SetsockoptString(other, syscall.IPPROTO_IP, syscall.IP_OPTIONS, "\x01\x01\x01\x01"))
	// What the namespace of another host has joined under the same index.
	elsewhere := socket(t, peer, sys.IPv4)
	must(t, elsewhere.JoinGroup(group, peer.Interface("eth0").Index))

	r := list(t, m)
	for _, w := range []struct {
		name     string
		group    netip.Addr
		sockets  int
		protocol string
	}{
		{"eth0", group, 1, "udp"},
		{long, group, 1, "udp"},
		{"eth0", group6, 1, "udp"},
		{"eth0", netip.MustParseAddr("224.0.0.22"), 1, "raw"},
		{"eth0", local6, 1, "raw"},
	} {
		g := find(t, r, w.name, w.group)
		if len(g.Sockets) != w.sockets || g.Unknown != 0 || g.Kernel != 0 || g.Sockets[0].Protocol != w.protocol || !g.Filter.anySource() {
			t.Errorf("%v on %s is %+v", w.group, w.name, g)
		}
	}
	for i := range 25 {
		g := find(t, r, long, netip.AddrFrom4([4]byte{239, 2, byte(i), 1}))
		if len(g.Sockets) != 1 || g.Unknown+g.Kernel != 0 {
			t.Errorf("group %d is %+v", i, g)
		}
	}
	// Again, with what was learned, and with one group less.
	must(t, syscall.SetsockoptIPMreqn(many, syscall.IPPROTO_IP, syscall.IP_DROP_MEMBERSHIP, &syscall.IPMreqn{Multiaddr: [4]byte{239, 2, 7, 1}, Ifindex: int32(index2)}))
	again := list(t, m)
	if len(again.Memberships) != len(r.Memberships)-1 {
		t.Errorf("with a group less there are %d memberships, and there were %d", len(again.Memberships), len(r.Memberships))
	}
}

// More sources than the first question has room for.
func TestManySources(t *testing.T) {
	h := oneHost(t)
	m := open(t, h)
	h.Sysctl("net/ipv4/igmp_max_msf", "100")
	s := socket(t, h, sys.IPv4)
	must(t, s.JoinGroup(group, h.Interface("eth0").Index))
	var sources []netip.Addr
	for i := range 70 {
		sources = append(sources, netip.AddrFrom4([4]byte{192, 0, 2, byte(i + 1)}))
	}
	must(t, s.SetSourceFilter(group, h.Interface("eth0").Index, true, sources))
	if g := find(t, list(t, m), "eth0", group); !g.Filter.Equal(Filter{Exclude, sources}) {
		t.Errorf("the filter is %v", g.Filter)
	}
}

// A socket that processes share counts once, and is there for each.
func TestShared(t *testing.T) {
	h := oneHost(t)
	m := open(t, h)
	s := socket(t, h, sys.IPv4)
	must(t, s.JoinGroup(group, h.Interface("eth0").Index))
	fd, err := syscall.Dup(s.FD()) // in the same process: once
	must(t, err)
	file := os.NewFile(uintptr(fd), "shared")
	defer file.Close()
	cmd := actor("member", "heir", strconv.Itoa(h.Interface("eth0").Index))
	cmd.ExtraFiles = []*os.File{file}
	in, err := cmd.StdinPipe()
	must(t, err)
	defer in.Close()
	h.Start(cmd)
	nettest.Eventually(t, "the heir to be known", 5*time.Second, func() bool {
		g := find(t, list(t, m), "eth0", group)
		return len(g.Sockets) == 2 && g.Sockets[0].Inode == g.Sockets[1].Inode && g.Users == 1 && g.Unknown+g.Kernel == 0 &&
			slices.ContainsFunc(g.Sockets, func(s Socket) bool { return s.Command == "heir" && s.PID == cmd.Process.Pid })
	})
}

// The names of processes are theirs to choose.
func TestCommands(t *testing.T) {
	h := oneHost(t)
	m := open(t, h)
	for i, name := range []string{"a (b) c", ") R 1", "\x1b[31mred\x07", "zwei\nzeilen", "\xff\xfe"} {
		g := netip.AddrFrom4([4]byte{239, 3, 0, byte(i)})
		pid, end := startMember(t, h, name, "eth0", g)
		if got := find(t, list(t, m), "eth0", g).Sockets; len(got) != 1 || got[0].Command != name || got[0].PID != pid {
			t.Errorf("%q is %+v", name, got)
		}
		end()
	}
}

// Who may not look into a process is told that something is not shown.
func TestHidden(t *testing.T) {
	h := oneHost(t)
	index := h.Interface("eth0").Index
	s := socket(t, h, sys.IPv4)
	must(t, s.Bind(netip.MustParseAddrPort("192.0.2.1:5000"), 0))
	must(t, s.JoinGroup(group, index))
	must(t, s.JoinSource(ssm, source, index))
	ids := []syscall.SysProcIDMap{{ContainerID: 1000, HostID: os.Geteuid(), Size: 1}}
	credentials := map[string]*syscall.SysProcAttr{
		"in a user namespace": {Cloneflags: syscall.CLONE_NEWUSER, UidMappings: ids, GidMappings: []syscall.SysProcIDMap{{ContainerID: 1000, HostID: os.Getegid(), Size: 1}}},
	}
	if canSetUser(t) {
		credentials["as another user"] = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	for name, attr := range credentials {
		t.Run(name, func(t *testing.T) {
			cmd := actor("look")
			cmd.SysProcAttr = attr
			var out bytes.Buffer
			cmd.Stdout = &out
			h.Start(cmd)
			must(t, cmd.Wait())
			var r Report
			must(t, json.Unmarshal(out.Bytes(), &r))
			if g := find(t, &r, "eth0", group); len(g.Sockets) != 0 || g.Unknown != 1 || g.Kernel != 0 || g.Filter.Mode != ModeUnknown {
				t.Errorf("%v is %+v", group, g)
			}
			if g := find(t, &r, "eth0", ssm); g.Unknown != 1 || g.Filter.Mode != ModeUnknown || !slices.Equal(g.Listed, []ListedSource{{source, 1, 0}}) {
				t.Errorf("%v is %+v", ssm, g)
			}
			for _, own := range []netip.Addr{allHosts, allNodes, netip.MustParseAddr("ff02::1:ff00:1")} {
				if g := find(t, &r, "eth0", own); g.Kernel != 1 || g.Unknown != 0 || !g.Filter.anySource() {
					t.Errorf("%v is %+v", own, g)
				}
			}
			if r.Hidden.Processes == 0 || !r.Hidden.Any() {
				t.Errorf("hidden is %+v", r.Hidden)
			}
			if c := r.Hidden.Candidates; len(c) != 1 || c[0].Local.String() != "192.0.2.1:5000" || c[0].Protocol != "udp" {
				t.Errorf("the candidates are %+v", c)
			}
		})
	}
}

// canSetUser reports whether this process can start one of another user: not in
// a user namespace that has only its own.
func canSetUser(t *testing.T) bool {
	text, err := os.ReadFile("/proc/self/uid_map")
	must(t, err)
	f := strings.Fields(string(text))
	n, err := strconv.ParseUint(f[2], 10, 32)
	must(t, err)
	return os.Geteuid() == 0 && n > 65534
}

// The version of MLD is known when it is forced, or from the reports sent.
func TestVersions(t *testing.T) {
	h := oneHost(t)
	m := open(t, h)
	s4, s6 := socket(t, h, sys.IPv4), socket(t, h, sys.IPv6)
	index := h.Interface("eth0").Index
	must(t, s4.JoinGroup(group, index))
	must(t, s6.JoinGroup(group6, index))
	mld := func() Version { return find(t, list(t, m), "eth0", group6).Version }
	nettest.Eventually(t, "a report to be sent", 10*time.Second, func() bool { return mld() == Version{MLD, 2, VersionInferred} })
	if v := find(t, list(t, m), "lo", allNodes).Version; v.Number != 0 || v.String() != "" {
		t.Errorf("loopback, which reports nothing, has %+v", v)
	}
	h.Sysctl("net/ipv6/conf/eth0/force_mld_version", "1")
	if v := mld(); v != (Version{MLD, 1, VersionForced}) {
		t.Errorf("forced for the interface it is %+v", v)
	}
	h.Sysctl("net/ipv6/conf/all/force_mld_version", "2")
	if v := mld(); v != (Version{MLD, 2, VersionForced}) {
		t.Errorf("forced for all it is %+v", v)
	}
	for _, n := range []string{"1", "2"} {
		h.Sysctl("net/ipv4/conf/eth0/force_igmp_version", n)
		if v := find(t, list(t, m), "eth0", group).Version; v.String() != "IGMPv"+n || v.Source != VersionTold {
			t.Errorf("with version %s forced it is %+v", n, v)
		}
	}
}

// The namespace of another process.
func TestPID(t *testing.T) {
	h := oneHost(t)
	pid, _ := startMember(t, h, "there", "eth0", group)
	m, err := Open(Config{PID: pid})
	must(t, err)
	defer m.Close()
	if g := find(t, list(t, m), "eth0", group); len(g.Sockets) != 1 || g.Sockets[0].PID != pid {
		t.Errorf("%v is %+v", group, g)
	}
	interfaces, err := m.Interfaces()
	must(t, err)
	if i := slices.IndexFunc(interfaces, func(i Interface) bool { return i.Name == "eth0" }); i < 0 || !slices.Contains(interfaces[i].Addrs, netip.MustParseAddr("192.0.2.1")) {
		t.Errorf("the interfaces are %+v", interfaces)
	}
	// From outside, as who may not enter it sees it.
	id, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/ns/net")
	must(t, err)
	outside := newHost()
	outside.id, outside.proc = id, "/proc/"+strconv.Itoa(pid)
	r := list(t, outside)
	if g := find(t, r, "eth0", group); len(g.Sockets) != 1 || g.Sockets[0].PID != pid {
		t.Errorf("from outside %v is %+v", group, g)
	}
	if slices.ContainsFunc(r.Memberships, func(m Membership) bool {
		return m.Interface != "eth0" && m.Interface != "lo" && !strings.Contains(m.Interface, "ifb")
	}) {
		t.Errorf("from outside it is %+v", r.Memberships)
	}
}

func TestNoProcess(t *testing.T) {
	var e *Error
	_, err := Open(Config{PID: 1<<22 + 1}) // above the largest that Linux gives
	if !errors.As(err, &e) || e.Hint() == "" || !strings.Contains(err.Error(), "look into process 4194305: no such process") {
		t.Errorf("the error is %v", err)
	}
}
