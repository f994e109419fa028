//go:build !mcast_portable

package mcast

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mcast/internal/nettest"
)

// What the tests of the library on Linux share: the kernel's own view of
// memberships, and sockets that are not mcast's.

// kernelGroups returns the groups of which the kernel says that a host is a
// member on an interface (/proc/net/igmp, /proc/net/igmp6), without those that
// every interface has.
func kernelGroups(t *testing.T, h *nettest.Host, name string) []netip.Addr {
	t.Helper()
	var groups []netip.Addr
	h.Do(func() { groups = append(igmpGroups(t, name), igmp6Groups(t, name)...) })
	standard := makeAddrs("224.0.0.1", "ff02::1", "ff01::1")
	groups = slices.DeleteFunc(groups, func(a netip.Addr) bool {
		solicitedNode := netip.MustParsePrefix("ff02::1:ff00:0/104").Contains(a) // RFC 4291, section 2.7.1
		return slices.Contains(standard, a) || solicitedNode
	})
	slices.SortFunc(groups, netip.Addr.Compare)
	return groups
}

// igmpGroups reads lines of two kinds, of which the first names an interface:
//
//	2	eth0      :     2      V3
//				050101E0     1 0:00000000		0
func igmpGroups(t *testing.T, name string) []netip.Addr {
	t.Helper()
	var groups []netip.Addr
	here := false
	for _, line := range lines(t, "/proc/thread-self/net/igmp") {
		fields := strings.Fields(line)
		if _, err := strconv.Atoi(fields[0]); err == nil && len(fields) > 2 && fields[2] == ":" {
			here = fields[1] == name
			continue
		}
		if n, err := strconv.ParseUint(fields[0], 16, 32); err == nil && here {
			var a [4]byte
			binary.NativeEndian.PutUint32(a[:], uint32(n)) // as it lies in memory, in network order
			groups = append(groups, netip.AddrFrom4(a))
		}
	}
	return groups
}

// igmp6Groups reads lines such as
//
//	2    eth0            ff150000000000000000000000000001     1 00000004 0
func igmp6Groups(t *testing.T, name string) []netip.Addr {
	t.Helper()
	var groups []netip.Addr
	for _, line := range lines(t, "/proc/thread-self/net/igmp6") {
		fields := strings.Fields(line)
		if fields[1] != name {
			continue
		}
		b, err := hex.DecodeString(fields[2])
		if err != nil {
			t.Fatal(err)
		}
		a, _ := netip.AddrFromSlice(b)
		groups = append(groups, a)
	}
	return groups
}

func lines(t *testing.T, path string) []string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var list []string
	for s := bufio.NewScanner(f); s.Scan(); {
		list = append(list, s.Text())
	}
	return list
}

// checkKernelGroups fails the test unless a host is a member of just these
// groups on an interface.
func checkKernelGroups(t *testing.T, h *nettest.Host, name string, want ...string) {
	t.Helper()
	if got := kernelGroups(t, h, name); !slices.Equal(got, makeAddrs(want...)) {
		t.Errorf("%s is a member of %v on %s, want %v", h, got, name, want)
	}
}

// plainSocket is a socket of package net that has joined a group on an
// interface, as other programs of a host do.
func plainSocket(t *testing.T, h *nettest.Host, name, group string) *net.UDPConn {
	t.Helper()
	g := mustGroup(t, group)
	var conn *net.UDPConn
	h.Do(func() {
		at := &net.UDPAddr{IP: g.Addr.AsSlice(), Port: int(g.Port)}
		if g.Addr.IsLinkLocalMulticast() && g.Addr.Is6() {
			at.Zone = name
		}
		var err error
		if conn, err = net.ListenMulticastUDP("udp", h.Interface(name), at); err != nil {
			t.Fatal(err)
		}
	})
	t.Cleanup(func() { conn.Close() })
	return conn
}

// hearsPlain reads from a socket of package net until text comes: such a socket
// hears other groups on its port, too.
func hearsPlain(t *testing.T, conn net.PacketConn, text string) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	buf := make([]byte, 100)
	for {
		n, _, err := conn.ReadFrom(buf)
		if err != nil {
			t.Fatalf("%q did not arrive: %v", text, err)
		}
		if string(buf[:n]) == text {
			return
		}
	}
}

// unicast sends text to an address from a host.
func unicast(t *testing.T, h *nettest.Host, to, text string) {
	t.Helper()
	h.Do(func() {
		conn, err := net.Dial("udp", to)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	})
}

// groupText is the text of a group on port 5000.
func groupText(addr, name string, sources ...string) string {
	return Group{Addr: netip.MustParseAddr(addr), Port: 5000, Interface: name, Sources: makeAddrs(sources...)}.String()
}

// memberships are those of a receiver as "group interface".
func memberships(r *Receiver) []string {
	list := []string{}
	for _, m := range r.Memberships() {
		list = append(list, m.Group.Addr().String()+" "+m.Interface)
	}
	return list
}

func checkMemberships(t *testing.T, r *Receiver, want ...string) {
	t.Helper()
	if got := memberships(r); !slices.Equal(got, want) {
		t.Errorf("the memberships are %q, want %q", got, want)
	}
}

// joinOn joins a group from within a host; the error is the caller's to judge.
func joinOn(h *nettest.Host, r *Receiver, g Group) (err error) {
	h.Do(func() { err = r.Join(g) })
	return err
}

func mustJoin(t *testing.T, h *nettest.Host, r *Receiver, group string) {
	t.Helper()
	if err := joinOn(h, r, mustGroup(t, group)); err != nil {
		t.Fatal(err)
	}
}

func mustLeave(t *testing.T, h *nettest.Host, r *Receiver, group string) {
	t.Helper()
	h.Do(func() {
		if err := r.Leave(mustGroup(t, group)); err != nil {
			t.Fatal(err)
		}
	})
}

// checkReceives fails the test unless the next datagrams are these texts.
func checkReceives(t *testing.T, r *Receiver, texts ...string) {
	t.Helper()
	for _, want := range texts {
		if d := received(t, r); string(d.Payload) != want {
			t.Fatalf("received %q from %v to %v by %s, want %q", d.Payload, d.Source, d.Group, d.Interface, want)
		}
	}
}
