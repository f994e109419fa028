package cli

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"time"

	"mcast"
	"mcast/capture"
	"mcast/filter"
	"mcast/internal/membership"
	"mcast/internal/snoop"
	"mcast/internal/view"
	"mcast/internal/view/text"
	"mcast/wire"
)

// onWire is the events that IGMP and MLD messages on the wire tell.
type onWire struct {
	host    *membership.Host
	chosen  *choice
	stdio   IO
	capture *capture.Live
	heard   snoop.Snooper
	packet  wire.Packet
	own     map[*capture.Interface]bool // loopback: all there is is this host's own
}

// openWire begins to capture, so that what is heard from now on is told later. Where
// that cannot be it says so, once, and returns nil: the host's events go on. Network
// cards are asked for all groups, or reports of other hosts would not get in: nobody
// here joins the groups that they are sent to.
func openWire(host *membership.Host, chosen *choice, stdio IO) *onWire {
	w := &onWire{host: host, chosen: chosen, stdio: stdio, own: map[*capture.Interface]bool{}}
	err := host.Do(func() (err error) {
		w.capture, err = capture.OpenLive(capture.LiveConfig{
			Interfaces: chosen.selectors(), FilterFor: membershipFilter, AllMulticast: true, RingSize: 1 << 20, Notify: w.changed,
		})
		return err
	})
	var outside *membership.Error
	switch {
	case err == nil:
		return w
	case errors.As(err, &outside):
		warn(stdio.Err, "events on the wire are not shown: %v (%s)", err, outside.Hint())
	case errors.Is(err, os.ErrPermission):
		warn(stdio.Err, "events on the wire are not shown: that takes CAP_NET_RAW (sudo, or setcap cap_net_raw+ep)")
	default:
		warn(stdio.Err, "events on the wire are not shown: %v", err)
	}
	return nil
}

// followAll is follow with the events on the wire, where the rights allow that.
func followAll(ctx context.Context, o *groupsOptions, access *followAccess, host *membership.Host, chosen *choice, stdio IO) error {
	w := openWire(host, chosen, stdio)
	if w == nil {
		return follow(ctx, o, access, host, chosen, stdio)
	}
	defer w.close()
	return follow(ctx, o, access, host, chosen, stdio, w.follow)
}

// membershipFilter keeps IGMP and MLD. Behind a VLAN tag, too: that of VLAN 0 is no
// more than a priority.
func membershipFilter(l filter.LinkType) string {
	const what = "igmp or mld"
	if l != filter.Ethernet {
		return what
	}
	return what + " or (vlan 0 and (" + what + "))"
}

// selectors are the interfaces to capture on; none is all.
func (c *choice) selectors() (list []string) {
	if c.every {
		return nil
	}
	list = append(list, c.names...)
	for _, index := range c.index {
		list = append(list, strconv.Itoa(index))
	}
	return list
}

// changed takes notice of interfaces that come and go.
func (w *onWire) changed(e capture.LiveEvent) {
	switch e.Kind {
	case capture.LiveFailed:
		warn(w.stdio.Err, "events on the wire of %s are not shown: %v", text.Name(e.Interface.Name), e.Err)
	case capture.LiveEnded:
		w.heard.Forget(e.Interface.Index)
		delete(w.own, e.Interface)
	}
}

// follow is an eventSource.
func (w *onWire) follow(ctx context.Context, emit func(*view.MembershipEvent) error) error {
	stop := context.AfterFunc(ctx, func() { _ = w.capture.Close() })
	defer stop()
	// Interfaces that appear later are captured on by this thread.
	err := w.host.Do(func() error { return w.read(emit) })
	switch {
	case errors.Is(err, mcast.ErrClosed):
		err = nil
	case errors.Is(err, io.EOF):
		warn(w.stdio.Err, "events on the wire are shown no more: no interface is left")
		err = nil
	}
	w.warnDropped()
	return err
}

func (w *onWire) read(emit func(*view.MembershipEvent) error) error {
	var f capture.Frame
	for {
		var events []snoop.Event
		if err := w.capture.SetReadDeadline(w.deadline()); err != nil {
			return err
		}
		switch err := w.capture.Read(&f); {
		case errors.Is(err, os.ErrDeadlineExceeded):
			events = w.heard.Expire(time.Now())
		case err != nil:
			return err
		default:
			events = w.take(&f)
		}
		for i := range events {
			e := &events[i]
			shown := false
			if e.Group.IsValid() {
				shown = w.chosen.has(e.Group, e.Interface, e.Index)
			} else { // of all groups, on an interface that was chosen
				shown = w.chosen.hasSome(e.Protocol == wire.IGMP, e.Interface)
			}
			if !shown {
				continue
			}
			if err := emit(wireEvent(e)); err != nil {
				return err
			}
		}
	}
}

// deadline is when a querier is to be taken for gone, but not before what has come
// by now was heard.
func (w *onWire) deadline() time.Time {
	next := w.heard.NextExpiry()
	if soon := time.Now().Add(100 * time.Millisecond); !next.IsZero() && next.Before(soon) {
		return soon
	}
	return next
}

func (w *onWire) take(f *capture.Frame) []snoop.Event {
	loopback, known := w.own[f.Interface]
	if !known {
		i, err := net.InterfaceByIndex(f.Interface.Index)
		loopback = err == nil && i.Flags&net.FlagLoopback != 0
		w.own[f.Interface] = loopback
	}
	w.packet.Decode(wire.LinkType(f.Interface.LinkType), f.Data, f.Length, wire.Options{ChecksumNotReady: f.ChecksumPending})
	return w.heard.Hear(&w.packet, snoop.Heard{
		Interface: f.Interface.Name, Index: f.Interface.Index, Own: loopback || f.Direction == capture.DirectionOut, At: f.Time, Now: time.Now(),
	})
}

// wireEvent is an event on the wire as it is shown.
func wireEvent(e *snoop.Event) *view.MembershipEvent {
	v := &view.MembershipEvent{
		Time: e.Time, Where: "wire", Interface: e.Interface, Who: e.Who.String(), Group: e.Group,
		Wants: view.Sources{Mode: string(e.Wants.Mode), List: e.Wants.Sources}, Version: e.ProtocolVersion(),
	}
	state := ""
	switch e.Kind {
	case snoop.Join:
		v.Event = "join"
	case snoop.Leave:
		v.Event = "leave"
	case snoop.Change:
		v.Event = "change"
	case snoop.Query:
		v.Event = "query"
	case snoop.QuerierSeen:
		state = "seen"
	case snoop.QuerierElected:
		state = "elected"
	case snoop.QuerierChanged:
		state = "changed"
	case snoop.QuerierGone:
		state = "gone"
	}
	if q := e.Querier; q != nil {
		v.Event = "querier"
		v.Querier = &view.Querier{State: state, Interval: q.Interval}
		if q.Protocol == wire.MLD || q.Version > 1 { // IGMPv1 has no election
			v.Querier.Elected = &q.Elected
		}
	}
	return v
}

// warnDropped says that events are missing.
func (w *onWire) warnDropped() {
	stats, err := w.capture.Stats()
	if err != nil {
		return
	}
	dropped := uint64(0)
	for _, s := range stats {
		dropped += s.Dropped
	}
	if dropped > 0 {
		warn(w.stdio.Err, "%d messages on the wire came too fast: events are missing", dropped)
	}
}

func (w *onWire) close() { _ = w.capture.Close() }
