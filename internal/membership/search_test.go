package membership

import (
	"math/rand/v2"
	"net/netip"
	"testing"
)

// socketsOf lays n memberships out over sockets, each with the number of its own.
func socketsOf(n, sockets int, of func(i int) int) []map[int]bool {
	list := make([]map[int]bool, sockets)
	for i := range list {
		list[i] = map[int]bool{}
	}
	for i := range n {
		list[of(i)][i] = true
	}
	return list
}

// found runs a search over sockets and returns how many questions it took. It
// fails the test unless every membership was found.
func found(t testing.TB, n int, sockets []map[int]bool, extra int) int {
	t.Helper()
	var entries []entry
	users := make([]int, n)
	for _, s := range sockets {
		for i := range s {
			users[i]++
		}
	}
	for i := range n {
		entries = append(entries, entry{index: 1, group: netip.AddrFrom4([4]byte{239, byte(i >> 16), byte(i >> 8), byte(i)}), users: users[i]})
	}
	s := newSearch(newSupply(entries))
	questions := 0
	for k, own := range sockets {
		memory := extra
		for i := range own {
			memory += cost(entries[i].group, 0)
		}
		got, _ := s.inquire(&inquiry{memory: memory, ask: func(group netip.Addr, _ int) (Filter, bool) {
			questions++
			b := group.As4()
			return Filter{Mode: Exclude}, own[int(b[1])<<16|int(b[2])<<8|int(b[3])]
		}})
		if len(got) != len(own) {
			t.Fatalf("of socket %d, %d memberships were found, want %d", k, len(got), len(own))
		}
		for _, f := range got {
			if !own[f.entry] {
				t.Fatalf("socket %d has not joined %v", k, entries[f.entry].group)
			}
		}
	}
	for i := range entries {
		if left := s.left[i].Load(); left != 0 {
			t.Fatalf("%d users of %v were not found", left, entries[i].group)
		}
	}
	return questions
}

// Programs lay memberships out in some order, and then few questions are asked.
func TestSearchOrder(t *testing.T) {
	const n, sockets = 10_000, 500
	tests := []struct {
		name string
		of   func(i int) int
		most int
	}{
		{"in blocks", func(i int) int { return i / (n / sockets) }, 2 * n},
		{"in blocks from the end", func(i int) int { return sockets - 1 - i/(n/sockets) }, 3 * n},
		{"in turns", func(i int) int { return i % sockets }, 4 * n},
		{"in turns from the end", func(i int) int { return sockets - 1 - i%sockets }, 4 * n},
		{"all on one", func(int) int { return 7 }, 2 * n},
	}
	for _, tt := range tests {
		if got := found(t, n, socketsOf(n, sockets, tt.of), 0); got > tt.most {
			t.Errorf("%s: %d questions, want at most %d", tt.name, got, tt.most)
		} else {
			t.Logf("%s: %d questions", tt.name, got)
		}
	}
	// At random there is nothing to go by: see search.
	r := rand.New(rand.NewPCG(1, 2))
	if got := found(t, n, socketsOf(n, sockets, func(int) int { return r.IntN(sockets) }), 0); got > n*sockets/2 {
		t.Errorf("at random: %d questions, want at most half of all", got)
	} else {
		t.Logf("at random: %d questions", got)
	}
}

// Whoever has joined what is found, also where memory is taken by other things.
func TestSearchFindsAll(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 0))
		n := 1 + r.IntN(40)
		sockets := make([]map[int]bool, 1+r.IntN(12))
		for i := range sockets {
			sockets[i] = map[int]bool{}
			for range r.IntN(10) {
				sockets[i][r.IntN(n)] = true
			}
		}
		found(t, n, sockets, r.IntN(2)*1000)
	}
}

// What a socket had joined before is asked first, whether or not users are left.
func TestSearchHints(t *testing.T) {
	groups := []netip.Addr{netip.MustParseAddr("239.1.1.1"), netip.MustParseAddr("239.1.1.2")}
	s := newSearch(newSupply([]entry{{index: 1, group: groups[0], users: 1}, {index: 1, group: groups[1], users: 1}}))
	s.pass(1) // as if another socket had it
	var asked []netip.Addr
	got, early := s.inquire(&inquiry{memory: leastCost, hints: []place{{9, groups[0]}, {1, groups[1]}}, ask: func(g netip.Addr, _ int) (Filter, bool) {
		asked = append(asked, g)
		return Filter{Mode: Exclude}, g == groups[1]
	}})
	if len(got) != 1 || got[0].entry != 1 || len(asked) != 1 || !early {
		t.Errorf("asked %v, got %v", asked, got)
	}
}
