package mcast

import (
	"fmt"
	"slices"
	"testing"
)

// lengths makes datagrams of these lengths.
func lengths(list ...int) [][]byte {
	d := make([][]byte, len(list))
	for i, n := range list {
		d[i] = make([]byte, n)
	}
	return d
}

func TestRun(t *testing.T) {
	ethernet := segmentLimits{segments: mostSegments, size: 1472}
	for _, test := range []struct {
		name       string
		datagrams  [][]byte
		limits     segmentLimits
		n, segment int
	}{
		{"one", lengths(100), ethernet, 1, 0},
		{"two alike", lengths(100, 100), ethernet, 2, 100},
		{"many alike", lengths(slices.Repeat([]int{100}, 50)...), ethernet, 50, 100},
		{"one byte each", lengths(1, 1, 1), ethernet, 3, 1},
		{"the last is shorter", lengths(100, 100, 40), ethernet, 3, 100},
		{"a shorter one ends it", lengths(100, 40, 40), ethernet, 2, 100},
		{"a shorter one ends it although the next is as long as the first", lengths(100, 40, 100), ethernet, 2, 100},
		{"a longer one begins the next", lengths(100, 100, 101), ethernet, 2, 100},
		{"a longer one at once", lengths(100, 101), ethernet, 1, 0},

		{"an empty one", lengths(0), ethernet, 1, 0},
		{"empty ones do not go together", lengths(0, 0, 0), ethernet, 1, 0},
		{"an empty one before others", lengths(0, 100, 100), ethernet, 1, 0},
		{"an empty one cannot be the shorter last", lengths(100, 100, 0), ethernet, 2, 100},
		{"an empty one after the first", lengths(100, 0), ethernet, 1, 0},

		{"as long as the MTU lets it", lengths(1472, 1472), ethernet, 2, 1472},
		{"one that is fragmented travels alone", lengths(1473, 1473), ethernet, 1, 0},
		{"the longest", lengths(MaxPayload, MaxPayload), ethernet, 1, 0},
		{"the longest, where the MTU has room for it", lengths(MaxPayload, 1), segmentLimits{mostSegments, 1 << 20}, 1, 0},
		{"too long to be sent", lengths(MaxPayload + 1), ethernet, 1, 0},

		{"no more than the kernel takes", lengths(slices.Repeat([]int{10}, 300)...), ethernet, 128, 10},
		{"no more than an older kernel takes", lengths(slices.Repeat([]int{10}, 300)...), segmentLimits{64, 1472}, 64, 10},
		{"no offload", lengths(10, 10), segmentLimits{1, 1472}, 1, 0},

		{"44 of 1472 are 64,768 bytes, 45 too many", lengths(slices.Repeat([]int{1472}, 60)...), ethernet, 44, 1472},
		{"all the bytes there may be", lengths(mostBytes-1000, 1000), segmentLimits{mostSegments, 1 << 20}, 2, mostBytes - 1000},
		{"a byte more", lengths(mostBytes-1000, 1001), segmentLimits{mostSegments, 1 << 20}, 1, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			if n, segment := run(test.datagrams, test.limits); n != test.n || segment != test.segment {
				t.Errorf("run returned %d datagrams cut at %d, want %d at %d", n, segment, test.n, test.segment)
			}
		})
	}
}

// Whatever the lengths, the runs put together are the datagrams, and each
// obeys what the kernel demands of a message that it is to cut.
func FuzzRun(f *testing.F) {
	f.Add([]byte{100, 100, 40, 0, 0, 7, 7, 7, 8}, uint8(128))
	f.Add([]byte{255, 255, 255, 254}, uint8(2))
	f.Add([]byte{}, uint8(1))
	f.Fuzz(func(t *testing.T, list []byte, segments uint8) {
		limits := segmentLimits{segments: max(1, int(segments)), size: 1472}
		datagrams := make([][]byte, len(list))
		for i, n := range list {
			datagrams[i] = make([]byte, 8*int(n)) // up to 2040: some are above the MTU
		}
		for rest := datagrams; len(rest) > 0; {
			n, segment := run(rest, limits)
			if n < 1 || n > min(len(rest), limits.segments) || (n > 1) != (segment > 0) {
				t.Fatalf("%d of %d datagrams, cut at %d", n, len(rest), segment)
			}
			total := 0
			for i, d := range rest[:n] {
				last := i == n-1
				if n > 1 && (len(d) == 0 || len(d) > limits.size || len(d) > segment || len(d) < segment && !last) {
					t.Fatalf("datagram %d of %d has %d bytes, cut at %d", i, n, len(d), segment)
				}
				total += len(d)
			}
			if n > 1 && total > mostBytes {
				t.Fatalf("%d bytes as one message", total)
			}
			rest = rest[n:]
		}
	})
}

// What a message that holds a run tells of it.
func TestMessageDatagrams(t *testing.T) {
	for _, test := range []struct {
		n, size int
		want    []string
	}{
		{0, 0, []string{""}}, // an empty datagram
		{4, 4, []string{"abcd"}},
		{4, 0, []string{"abcd"}},
		{6, 2, []string{"ab", "cd", "ef"}},
		{7, 3, []string{"abc", "def", "g"}},
		{3, 7, []string{"abc"}},
		{3, 1, []string{"a", "b", "c"}},
	} {
		t.Run(fmt.Sprintf("%d bytes of %d", test.n, test.size), func(t *testing.T) {
			m := Message{Buffer: []byte("abcdefghij"), N: test.n, Size: test.size}
			var got []string
			for d := range m.Datagrams() {
				got = append(got, string(d))
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("the datagrams are %q, want %q", got, test.want)
			}
			if m.Len() != len(test.want) {
				t.Fatalf("there are %d datagrams, want %d", m.Len(), len(test.want))
			}
			for i, want := range test.want {
				if got := m.Datagram(i); string(got) != want {
					t.Errorf("datagram %d is %q, want %q", i, got, want)
				}
			}
			for range m.Datagrams() {
				break // ends the iteration early
			}
		})
	}
}

// The buffers of a batch lie in one piece of memory, but none reaches into the next.
func TestNewMessages(t *testing.T) {
	messages := NewMessages(3)
	if len(messages) != 3 {
		t.Fatalf("%d messages", len(messages))
	}
	for i, m := range messages {
		if len(m.Buffer) != BufferSize || cap(m.Buffer) != BufferSize {
			t.Errorf("buffer %d has length %d and capacity %d, want %d", i, len(m.Buffer), cap(m.Buffer), BufferSize)
		}
	}
}
