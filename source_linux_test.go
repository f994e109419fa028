//go:build !mcast_portable

package mcast

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

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
	{"IPv4", "232.1.1.1", "192.0.2.", "239.9.0.0+40"},
	{"IPv6", "ff35::1", "2001:db8::", "ff15::9:0+40"},
}

// heardSources sends one datagram from each of the sources 1 to 3 and returns from
// which the receiver hears it. The end is marked by a datagram to another
// group.
type sourceProbe struct {
	r       *Receiver
	senders []*Sender
	mark    *Sender
}

func newSourceProbe(t *testing.T, a *nettest.Host, r *Receiver, group, prefix, mark string) *sourceProbe {
	p := &sourceProbe{r: r, mark: senderOn(t, a, SenderConfig{}, mark+"%eth0:5000")}
	for i := 1; i <= 3; i++ {
		p.senders = append(p.senders, senderOn(t, a, SenderConfig{Source: netip.MustParseAddr(fmt.Sprint(prefix, i))},
			fmt.Sprintf("[%s]:5000", group)))
	}
	return p
}

func (p *sourceProbe) heard(t *testing.T) []int {
	t.Helper()
	for i, s := range p.senders {
		sendText(t, s, fmt.Sprint(i+1))
	}
	sendText(t, p.mark, "end")
	heard := []int{}
	for {
		d := received(t, p.r)
		var n int
		if _, err := fmt.Sscan(string(d.Payload), &n); err != nil {
			return heard
		}
		heard = append(heard, n)
	}
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
				r := receiverOn(t, b, ReceiverConfig{}, fmt.Sprintf("[%s]:5000", mark))
				if mode.extra > 0 {
					mustJoin(t, b, r, fmt.Sprintf("[%s]:5000", f.extra))
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
			r := receiverOn(t, b, ReceiverConfig{}, fmt.Sprintf("[%s]:5000", mark))
			probe := newSourceProbe(t, a, r, f.group, f.prefix, mark)
			byName, byAll := fmt.Sprintf("%s1@[%s]%%eth0:5000", f.prefix, f.group), fmt.Sprintf("%s2@[%s]:5000", f.prefix, f.group)
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
			three := fmt.Sprintf("%s3@[%s]:5000", f.prefix, f.group)
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
			r := receiverOn(t, b, ReceiverConfig{Offload: OffloadOff}, fmt.Sprintf("%s1@[%s]:5000", f.prefix, f.group))
			s := senderOn(t, a, SenderConfig{Source: netip.MustParseAddr(f.prefix + "1")}, fmt.Sprintf("[%s]:5000", f.group))
			other := mustGroup(t, fmt.Sprintf("%s2,%s3@[%s]:5000", f.prefix, f.prefix, f.group))
			stream := startStream(t, s)
			for range 25 {
				if err := joinOn(b, r, other); err != nil {
					t.Fatal(err)
				}
				b.Do(func() {
					if err := r.Leave(other); err != nil {
						t.Fatal(err)
					}
				})
			}
			stream.check(t, r)
		})
	}
}

// stream is a sender that counts, in the background.
type stream struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
	sent   int
	err    error
}

// startStream sends numbers to the one group of a sender, until the stream is
// checked.
func startStream(t *testing.T, s *Sender) *stream {
	ctx, cancel := context.WithCancel(context.Background())
	st := &stream{cancel: cancel}
	st.done.Go(func() {
		for ctx.Err() == nil {
			if st.err = s.Send(context.Background(), fmt.Appendf(nil, "%d", st.sent)); st.err != nil {
				return
			}
			st.sent++
			time.Sleep(20 * time.Microsecond) // lets others run; nothing depends on it
		}
	})
	t.Cleanup(func() {
		cancel()
		st.done.Wait()
	})
	return st
}

// check ends the stream and fails the test unless the receiver has every
// number, once.
func (st *stream) check(t *testing.T, r *Receiver) {
	t.Helper()
	st.cancel()
	st.done.Wait()
	if st.err != nil {
		t.Fatal(st.err)
	}
	seen := make([]bool, st.sent)
	messages := NewMessages(16)
	_ = r.SetReadDeadline(time.Now().Add(10 * time.Second))
	for left := st.sent; left > 0; {
		n, err := r.ReadBatch(messages)
		if err != nil {
			t.Fatalf("%d of %d datagrams did not arrive, number %d among them: %v", left, st.sent, slices.Index(seen, false), err)
		}
		for i := range messages[:n] {
			for d := range messages[i].Datagrams() {
				var number int
				if _, err := fmt.Sscan(string(d), &number); err != nil || number >= st.sent {
					t.Fatalf("received %q", d)
				}
				if seen[number] {
					t.Fatalf("number %d came twice", number)
				}
				seen[number] = true
				left--
			}
		}
	}
	// Nothing is left over.
	_ = r.SetReadDeadline(time.Unix(1, 0))
	if n, err := r.ReadBatch(messages); n > 0 {
		t.Fatalf("%q came twice, %v", messages[0].Datagram(0), err)
	}
	_ = r.SetReadDeadline(time.Time{})
}
