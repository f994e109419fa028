package cli

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"mcast/capture"
	"mcast/internal/view"
	"mcast/wire"
)

// frameTally counts frames by group, port and interface.
type frameTally struct {
	frames, bytes uint64
	first, last   time.Time
	places        map[framePlace]*frameCounts
	packet        wire.Packet

	// Frames come in runs.
	recent framePlace
	at     *frameCounts // of the recent place; nil: there is none yet
}

// framePlace is what frames are counted by. Interfaces of one name are one: a file
// of several sections describes each anew.
type framePlace struct {
	to netip.AddrPort // port 0: they have none
	on string
}

type frameCounts struct{ frames, bytes uint64 }

// mostPlaces is how many groups are counted one by one. What comes from a network
// may be of any number of groups; the total counts all.
const mostPlaces = 1 << 16

func newFrameTally() frameTally { return frameTally{places: map[framePlace]*frameCounts{}} }

// add counts a frame.
func (t *frameTally) add(f *capture.Frame) {
	n, length := f.Count()
	frames, bytes := uint64(n), uint64(length)
	t.frames += frames
	t.bytes += bytes
	switch {
	case f.Time.IsZero(): // a simple packet block of pcapng
	case t.first.IsZero():
		t.first, t.last = f.Time, f.Time
	case f.Time.After(t.last):
		t.last = f.Time
	case f.Time.Before(t.first):
		t.first = f.Time
	}
	to, ok := t.packet.Destination(wire.LinkType(f.Interface.LinkType), f.Data)
	if !ok || !to.Addr().IsMulticast() {
		return
	}
	if t.at == nil || to != t.recent.to || f.Interface.Name != t.recent.on {
		place := framePlace{to, f.Interface.Name}
		c := t.places[place]
		if c == nil {
			if len(t.places) == mostPlaces {
				return
			}
			c = &frameCounts{}
			t.places[place] = c
		}
		t.recent, t.at = place, c
	}
	t.at.frames += frames
	t.at.bytes += bytes
}

// summary returns what was counted, by port, group and interface.
func (t *frameTally) summary() *view.Capture {
	s := &view.Capture{Captured: t.frames, Bytes: t.bytes, First: t.first, Last: t.last}
	for p, c := range t.places {
		s.Groups = append(s.Groups, view.GroupFrames{Group: p.to.Addr(), Port: p.to.Port(), Interface: p.on, Frames: c.frames, Bytes: c.bytes})
	}
	slices.SortFunc(s.Groups, func(a, b view.GroupFrames) int {
		return cmp.Or(cmp.Compare(a.Port, b.Port), a.Group.Compare(b.Group), cmp.Compare(a.Interface, b.Interface))
	})
	return s
}
