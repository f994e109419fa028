//go:build !mcast_portable

package mcast

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"mcast/internal/nettest"
)

// sources is a network for source lists: host a sends from three addresses of
// either family, .1, .2 and .3.
//
//	a ── eth0 ────── eth0 ── b
func sources(t *testing.T) (a, b *nettest.Host) {
	t.Helper()
	a, b = nettest.NewHost(t, "a"), nettest.NewHost(t, "b")
	nettest.Pair(t,
		a.NIC("eth0", "192.0.2.1/24", "192.0.2.2/24", "192.0.2.3/24", "2001:db8::1/64", "2001:db8::2/64", "2001:db8::3/64"),
		b.NIC("eth0", "192.0.2.9/24", "2001:db8::9/64"))
	return a, b
}

// sourceFamilies are the two families as these tests see them: the text of a
// group and that of a source.
var sourceFamilies = []struct {
	name   string
	group  string
	prefix string // of the sources
	extra  string // a block of other groups that makes the port share a socket
}{
	{"IPv4", "232.1.1.1", "192.0.2.", "239.9.0.0+40:5000"},
	{"IPv6", "ff35::1", "2001:db8::", "[ff15::9:0]+40:5000"},
}

// sourceProbe finds out from which of the sources 1 to 3 a receiver hears a group.
type sourceProbe struct {
	r       *Receiver
	senders []*Sender
	mark    *Sender // to another group, of any source
}

func newSourceProbe(t *testing.T, a *nettest.Host, r *Receiver, group, prefix, mark string) *sourceProbe {
	t.Helper()
	p := &sourceProbe{r: r, mark: senderOn(t, a, SenderConfig{}, groupText(mark, "eth0"))}
	for i := 1; i <= 3; i++ {
		p.senders = append(p.senders, senderOn(t, a, SenderConfig{Source: netip.MustParseAddr(fmt.Sprint(prefix, i))}, groupText(group, "")))
	}
	return p
}

// heard sends a datagram from each source and returns those that arrive.
func (p *sourceProbe) heard(t *testing.T) []int {
	t.Helper()
	for i, s := range p.senders {
		sendText(t, s, fmt.Sprint(i+1))
	}
	heard := []int{}
	for _, text := range readToMark(t, p.r, p.mark) {
		var n int
		if _, err := fmt.Sscan(text, &n); err != nil {
			t.Fatalf("received %q", text)
		}
		heard = append(heard, n)
	}
	slices.Sort(heard)
	return heard
}

// Source lists grow and shrink while the receiver runs.
func TestSourceLists(t *testing.T) {
	for _, f := range sourceFamilies {
		for _, mode := range portModes {
			t.Run(f.name+"/"+mode.name, func(t *testing.T) {
				a, b := sources(t)
				mark := "239.1.1.99"
				if f.name == "IPv6" {
					mark = "ff15::99"
				}
				r := receiverOn(t, b, ReceiverConfig{}, groupText(mark, ""))
				if mode.extra > 0 {
					mustJoin(t, b, r, f.extra)
				}
				probe := newSourceProbe(t, a, r, f.group, f.prefix, mark)
				group := func(numbers ...int) Group {
					g := Group{Addr: netip.MustParseAddr(f.group), Port: 5000}
					for _, n := range numbers {
						g.Sources = append(g.Sources, netip.MustParseAddr(fmt.Sprint(f.prefix, n)))
					}
					return g
				}
				but := func(numbers ...int) Group {
					g := group(numbers...)
					g.Sources, g.Exclude = nil, g.Sources
					return g
				}
				step := func(what string, do func(Group) error, g Group, want ...int) {
					t.Helper()
					var err error
					b.Do(func() { err = do(g) })
					if err != nil {
						t.Fatalf("%s: %v", what, err)
					}
					if want == nil {
						want = []int{}
					}
					if got := probe.heard(t); !slices.Equal(got, want) {
						t.Errorf("%s: heard the sources %v, want %v", what, got, want)
					}
				}
				step("include 1", r.Join, group(1), 1)
				step("include 3 as well", r.Join, group(3), 1, 3)
				step("include 1 again", r.Join, group(1), 1, 3)
				step("drop 1", r.Leave, group(1), 3)
				step("include 1 and 2", r.Join, group(1, 2), 1, 2, 3)
				step("drop 1 and 3", r.Leave, group(1, 3), 2)
				step("drop the last", r.Leave, group(2))
				step("any source", r.Join, group(), 1, 2, 3)
				step("drop the group", r.Leave, group())
				step("exclude 2", r.Join, but(2), 1, 3)
				step("exclude 1 as well", r.Join, but(1), 3)
				step("take 2 back", r.Leave, but(2), 2, 3)
				step("take 1 back", r.Leave, but(1), 1, 2, 3)
				step("drop the group", r.Leave, group())
				step("include two at once", r.Join, group(3, 2), 2, 3)
				step("drop the group with its sources", r.Leave, group())
			})
		}
	}
}

// On one interface two ways to name it are two wants: what either passes is
// heard (RFC 3376, section 3.2), and dropping one leaves the other.
func TestSourceListsMerge(t *testing.T) {
	for _, f := range sourceFamilies {
		t.Run(f.name, func(t *testing.T) {
			a, b := sources(t)
			mark := "239.1.1.99"
			if f.name == "IPv6" {
				mark = "ff15::99"
			}
			r := receiverOn(t, b, ReceiverConfig{}, groupText(mark, ""))
			probe := newSourceProbe(t, a, r, f.group, f.prefix, mark)
			byName, byAll := groupText(f.group, "eth0", f.prefix+"1"), groupText(f.group, "", f.prefix+"2")
			check := func(what string, want ...int) {
				t.Helper()
				if got := probe.heard(t); !slices.Equal(got, want) {
					t.Errorf("%s: heard the sources %v, want %v", what, got, want)
				}
			}
			mustJoin(t, b, r, byName)
			mustJoin(t, b, r, byAll)
			check("INCLUDE {1} and INCLUDE {2}", 1, 2)
			mustLeave(t, b, r, byName)
			check("INCLUDE {2}", 2)

			notThree := Group{Addr: netip.MustParseAddr(f.group), Port: 5000, Interface: "eth0", Exclude: makeAddrs(f.prefix + "3")}
			if err := joinOn(b, r, notThree); err != nil {
				t.Fatal(err)
			}
			check("INCLUDE {2} and EXCLUDE {3}", 1, 2)
			three := groupText(f.group, "", f.prefix+"3")
			mustJoin(t, b, r, three)
			check("INCLUDE {2, 3} and EXCLUDE {3}", 1, 2, 3)
			mustLeave(t, b, r, three)
			check("INCLUDE {2} and EXCLUDE {3} again", 1, 2)
			notThree.Exclude = nil
			b.Do(func() {
				if err := r.Leave(notThree); err != nil {
					t.Fatal(err)
				}
			})
			check("INCLUDE {2} alone", 2)
		})
	}
}

// The other kind of source list is refused, and changes nothing.
func TestSourceListsOfTwoKinds(t *testing.T) {
	_, b := sources(t)
	r := receiverOn(t, b, ReceiverConfig{}, "192.0.2.1@232.1.1.1:5000")
	for _, g := range []Group{
		mustGroup(t, "232.1.1.1:5000"),
		{Addr: netip.MustParseAddr("232.1.1.1"), Port: 5000, Exclude: makeAddrs("192.0.2.2")},
	} {
		var e *Error
		if err := joinOn(b, r, g); !errors.As(err, &e) || e.Advice == "" {
			t.Errorf("join %+v: %v", g, err)
		}
	}
	for _, g := range []Group{
		mustGroup(t, "192.0.2.2@232.1.1.1:5000"),
		mustGroup(t, "192.0.2.1,192.0.2.2@232.1.1.1:5000"),
		mustGroup(t, "232.1.1.1%eth0:5000"),
		mustGroup(t, "232.1.1.2:5000"),
		mustGroup(t, "232.1.1.1:5001"),
		mustGroup(t, "232.1.1.1+2:5000"),
		{Addr: netip.MustParseAddr("232.1.1.1"), Port: 5000, Exclude: makeAddrs("192.0.2.1")},
	} {
		b.Do(func() {
			if err := r.Leave(g); !errors.Is(err, ErrNotJoined) {
				t.Errorf("leave %+v: %v, want ErrNotJoined", g, err)
			}
		})
	}
	checkMemberships(t, r, "232.1.1.1 lo", "232.1.1.1 eth0")
}

// A source list that changes loses nothing of the sources that stay on it.
func TestSourceListChangesUnderTraffic(t *testing.T) {
	for _, f := range sourceFamilies {
		t.Run(f.name, func(t *testing.T) {
			a, b := sources(t)
			r := receiverOn(t, b, ReceiverConfig{Offload: OffloadOff}, groupText(f.group, "", f.prefix+"1"))
			s := senderOn(t, a, SenderConfig{Source: netip.MustParseAddr(f.prefix + "1")}, groupText(f.group, ""))
			other := mustGroup(t, groupText(f.group, "", f.prefix+"2", f.prefix+"3"))
			stream := startStream(t, s)
			stream.during(t, r, func() error {
				for range 25 {
					if err := r.Join(other); err != nil {
						return err
					}
					if err := r.Leave(other); err != nil {
						return err
					}
				}
				return nil
			})
			stream.check(t, r)
		})
	}
}
