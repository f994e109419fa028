//go:build interop && linux

package interop

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"syscall"
	"testing"

	"golang.org/x/net/bpf"

	"mcast/filter"
	"mcast/internal/nettest"
)

// cable is two hosts on a cable, and frames that go over it.
//
//	a ── eth0 ────── eth0 ── b     b listens, and sends a few itself
type cable struct {
	t      *testing.T
	a, b   *nettest.Host
	froma  *tap
	fromb  *tap
	frames []frame
	out    []bool // sent by b

	compared, telling int            // expressions, and those that keep some frames and not all
	excused           map[string]int // by the reason why they were not compared
}

// interfaceIndex is b's: one that expressions ask for.
const interfaceIndex = 7

func newCable(t *testing.T) *cable {
	t.Helper()
	a, b := nettest.NewHost(t, "a"), nettest.NewHost(t, "b")
	for _, h := range []*nettest.Host{a, b} {
		// Nobody answers, or sends anything of its own.
		h.Sysctl("net/ipv6/conf/default/disable_ipv6", "1")
	}
	nettest.Pair(t, b.NIC("eth0").WithIndex(interfaceIndex), a.NIC("eth0"))
	w := &cable{t: t, a: a, b: b, excused: map[string]int{}}
	for h, to := range map[*nettest.Host]**tap{a: &w.froma, b: &w.fromb} {
		p, err := newTap(t, h, "eth0", []bpf.RawInstruction{{Op: 6}}) // ret #0: it only sends
		if err != nil {
			t.Fatal(err)
		}
		*to = p
		t.Cleanup(p.close)
	}
	return w
}

// fill makes n frames to send, of which some are plain, many have tags, and a
// seventh goes out at b.
func (w *cable) fill(r random, n int) {
	for i := range n {
		r.tags = i%2 == 0
		f := r.frames(filter.Ethernet, 1)[0]
		f.bytes = numbered(f.bytes, i)
		w.frames = append(w.frames, f)
		w.out = append(w.out, r.in(7))
	}
}

// run sends all frames while each of the programs filters a socket of its own, and
// returns which frames each kept, and the frames as an unfiltered socket sees them.
// A program that the kernel does not take keeps nil.
func (w *cable) run(programs [][]bpf.RawInstruction) (kept [][]byte, seen []captured) {
	w.t.Helper()
	// The oldest socket gets each frame last: when it has one, all have it.
	all, err := newTap(w.t, w.b, "eth0", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	defer all.close()
	taps := map[int]*tap{}
	kept = make([][]byte, len(programs))
	for i, p := range programs {
		tap, err := newTap(w.t, w.b, "eth0", p)
		if errors.Is(err, syscall.EINVAL) {
			continue
		}
		if err != nil {
			w.t.Fatal(err)
		}
		defer tap.close()
		taps[i] = tap
		kept[i] = make([]byte, len(w.frames))
	}
	// As many at a time as the smallest receive buffer has room for.
	const burst = 40
	for from := 0; from < len(w.frames); from += burst {
		to := min(from+burst, len(w.frames))
		for i := from; i < to; i++ {
			if w.out[i] {
				w.fromb.send(w.frames[i].bytes)
			} else {
				w.froma.send(w.frames[i].bytes)
			}
		}
		nettest.Eventually(w.t, fmt.Sprintf("frames %d to %d to arrive", from, to), patience, func() bool {
			seen = append(seen, all.drain()...)
			return len(seen) == to
		})
		for i, p := range taps {
			for _, c := range p.drain() {
				kept[i][c.number]++
			}
		}
	}
	slices.SortFunc(seen, func(a, b captured) int { return a.number - b.number })
	return kept, seen
}

// liveForms are what only live captures have.
var liveForms = []string{
	"vlan", "vlan 10", "not vlan", "vlan and ip", "vlan 10 and udp", "vlan or ip", "ip or vlan", "vlan and vlan", "vlan 1 and vlan 100",
	"vlan 100 and vlan", "not vlan 10", "vlan and not ip6", "not (vlan and ip)", "vlan and host 10.0.0.1", "vlan and port 53", "vlan and mpls",
	"vlan and pppoes and ip", "inbound", "outbound", "not inbound", "outbound and udp", "inbound and vlan", "vlan and inbound", "ifindex 7",
	"ifindex 1", "ifindex 7 and outbound", "ifindex 7 and vlan 10", "vlan and ether proto 0x0800", "vlan and ip6 multicast", "ip and vlan",
	"udp or (vlan and udp)", "(vlan and udp) or udp", "vlan and ether[12:2] = 0x0800", "vlan and ip[8] = 64", "ether[14:2] & 0xfff = 10",
	"vlan and arp", "ether proto 0x8100", "ether proto 0x88a8", "vlan and tcp[tcpflags] & tcp-syn != 0", "len > 750", "vlan and len <= 750",
}

// What a packet socket keeps does not depend on whose program filters it, libpcap's
// for the interface or ours; and our own machine, given what the kernel tells of a
// frame, keeps the same.
func TestFilterLive(t *testing.T) {
	w := newCable(t)
	r := newRandom(seed(t), t.Name())
	w.fill(r, 280)
	p := newLibpcap(t, w.b)
	trees := verbatim(liveForms...)
	for i := range scaled(t, 400) {
		r.tags = i%2 == 0
		trees = append(trees, generator{random: r, link: filter.Ethernet, live: true}.expression())
	}
	to := target{link: filter.Ethernet, netmask: 0xffff0000, interf: "eth0"}
	notes := newNotes(t)
	const round = 60
	for len(trees) > 0 {
		n := min(len(trees), round)
		w.compare(p, to, trees[:n], notes)
		trees = trees[n:]
	}
	t.Logf("%d expressions compared, of which %d tell frames apart; not compared: %v", w.compared, w.telling, w.excused)
	if w.compared < 200 || w.telling < w.compared/3 {
		t.Errorf("%d expressions were compared and %d tell frames apart, which tells little", w.compared, w.telling)
	}
	for why, n := range w.excused {
		if n > 3+w.compared/40 {
			t.Errorf("%d of %d expressions: %s", n, w.compared, why)
		}
	}
}

// compare compares the two sides over expressions, and counts.
func (w *cable) compare(p *libpcap, to target, trees []*tree, notes *notes) {
	w.t.Helper()
	texts, asked := make([]string, len(trees)), make([]string, len(trees))
	for i, x := range trees {
		repaired, _ := x.repaired()
		texts[i], asked[i] = x.String(), repaired.String()
	}
	theirs, ours := p.compile(to, true, false, asked...), underTest(p)(to, texts...)
	var programs [][]bpf.RawInstruction
	var of []int
	for i := range texts {
		if !theirs[i].refused && !ours[i].refused {
			programs, of = append(programs, theirs[i].instructions, ours[i].instructions), append(of, i)
		} else if theirs[i].refused != ours[i].refused && mayRefuse(theyMayRefuse, theirs[i].reason) == "" && mayRefuse(weMayRefuse, ours[i].reason) == "" {
			w.t.Errorf("%s: one side refuses it:\nlibpcap:\n%sours:\n%s", texts[i], theirs[i], ours[i])
		}
	}
	kept, seen := w.run(programs)
	var doubtful []int // of "of"
	for j, i := range of {
		theirs, ours := kept[2*j], kept[2*j+1]
		if ours == nil {
			w.t.Errorf("%s: the kernel does not take our program:\n%s", texts[i], listing(programs[2*j+1]))
			continue
		}
		w.machine(to, texts[i], programs[2*j+1], ours, seen)
		switch {
		case displaced.MatchString(texts[i]):
			w.excused["libpcap asks the kernel for something else"]++
			continue
		case theirs == nil:
			// After "vlan", "pppoes" reads a scratch word of the machine that
			// is not written on all ways there.
			w.excused["the kernel does not take libpcap's program"]++
			continue
		case !bytes.Equal(theirs, ours):
			doubtful = append(doubtful, j)
		}
		w.compared++
		if bytes.IndexByte(theirs, 1) >= 0 && bytes.IndexByte(theirs, 0) >= 0 {
			w.telling++
		}
	}
	if len(doubtful) == 0 {
		return
	}
	// Does libpcap agree with itself?
	programs = programs[:0:0]
	for _, j := range doubtful {
		programs = append(programs, p.compile(to, false, false, asked[of[j]])[0].instructions)
	}
	plain, _ := w.run(programs)
	for k, j := range doubtful {
		i := of[j]
		if bytes.Equal(plain[k], kept[2*j+1]) {
			w.excused[selfContradiction]++
			continue
		}
		at := firstDifference(kept[2*j], kept[2*j+1])
		w.t.Errorf("%s: of frame %d, sent by b %v, libpcap's socket got %d and ours %d", texts[i], at, w.out[at], kept[2*j][at], kept[2*j+1][at])
		notes.add(note{
			what: "live: we keep other frames than libpcap", target: to, expression: texts[i], theirs: theirs[i], ours: ours[i], frame: &w.frames[at],
			kept: fmt.Sprintf("sent by b %v; libpcap's socket got %d, ours %d; the kernel says %+v", w.out[at], kept[2*j][at], kept[2*j+1][at], seen[at].meta),
		})
	}
}

// machine runs our program on what the unfiltered socket saw, with our machine.
func (w *cable) machine(to target, text string, program []bpf.RawInstruction, kernel []byte, seen []captured) {
	w.t.Helper()
	for _, in := range program {
		if in.Op == 0x6c || in.Op == 0x7c { // lsh x, rsh x: 32 and more mean another thing to the kernel
			return
		}
	}
	f, err := filter.Compile(text, options(to))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, c := range seen {
		if got := f.MatchMeta(c.bytes, len(c.bytes), &c.meta); got != (kernel[c.number] == 1) {
			w.t.Errorf("%s: MatchMeta says %v of frame %d, which the kernel kept %d times; %+v %s",
				text, got, c.number, kernel[c.number], c.meta, hexed(c.bytes))
			return
		}
	}
}
