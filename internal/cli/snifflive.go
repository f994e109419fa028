package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"mcast"
	"mcast/capture"
	"mcast/internal/view"
	"mcast/internal/view/text"
)

// liveSource is frames of interfaces.
type liveSource struct {
	o     *sniffOptions
	stdio IO
	l     *capture.Live

	// appeared and gone, if they are there, are told of interfaces.
	appeared, gone func(*capture.Interface)

	ctx  context.Context
	stop func() bool // has the end of ctx do nothing

	mu   sync.Mutex
	over bool // ctx is done, and the deadline for good
}

func openLiveSource(ctx context.Context, o *sniffOptions, stdio IO) (*liveSource, error) {
	s := &liveSource{o: o, stdio: stdio, ctx: ctx}
	var err error
	s.l, err = capture.OpenLive(capture.LiveConfig{
		Interfaces: o.interfaces, FilterFor: o.expressionFor, FilterOptions: o.compile(),
		SnapLen: o.snapLen, Promiscuous: o.promisc, Superframes: o.superframe, Notify: s.changed,
	})
	if err != nil {
		return nil, filterError(err)
	}
	s.stop = context.AfterFunc(ctx, s.end)
	return s, nil
}

// discard is the port of the sockets that hold the memberships of --join where no
// port was given (RFC 863).
const discard = 9

// joinOnly joins the groups of --join. What arrives on its sockets is not read: the
// kernel drops it when their small buffers are full.
func joinOnly(o *sniffOptions) (*mcast.Receiver, error) {
	return mcast.NewReceiver(o.groups, mcast.ReceiverConfig{Interfaces: o.interfaces, ReceiveBuffer: 4096})
}

// announce says what is captured on.
func (s *liveSource) announce() {
	var names []string
	for _, i := range s.l.Interfaces() {
		names = append(names, text.Name(i.Name))
	}
	what := "multicast, and IGMP, MLD and PIM"
	if s.o.filtered {
		what = "every frame"
		if s.o.expression != "" {
			what = s.o.expression
		}
	}
	where := "no interface yet"
	if len(names) > 0 {
		where = strings.Join(names, ", ")
	}
	_, _ = fmt.Fprintf(s.stdio.Err, "capturing on %s: %s\n", where, oneLine(what))
}

// changed tells of interfaces that come and go.
func (s *liveSource) changed(e capture.LiveEvent) {
	name := text.Name(e.Interface.Name)
	switch e.Kind {
	case capture.LiveStarted:
		warn(s.stdio.Err, "capturing on %s too", name)
		if s.appeared != nil {
			s.appeared(e.Interface)
		}
	case capture.LiveDown:
		warn(s.stdio.Err, "%s is down: nothing comes until it is up", name)
	case capture.LiveUp:
		warn(s.stdio.Err, "%s is up again", name)
	case capture.LiveEnded:
		warn(s.stdio.Err, "%s has gone", name)
		if s.gone != nil {
			s.gone(e.Interface)
		}
	case capture.LiveFailed:
		warn(s.stdio.Err, "%v", e.Err)
	}
}

func (s *liveSource) read(f *capture.Frame) error {
	err := s.l.Read(f)
	switch {
	case err == nil:
		return nil
	case s.ctx.Err() != nil:
		return s.ctx.Err()
	case errors.Is(err, io.EOF):
		return &hinted{errors.New("no interface is left to capture on"), "those that -i names have gone; without -i, interfaces that come are captured on too"}
	}
	return err
}

func (s *liveSource) setDeadline(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.over {
		_ = s.l.SetReadDeadline(t) // fails once it is closed, when nobody reads
	}
}

// end has read end.
func (s *liveSource) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	_ = s.l.SetReadDeadline(time.Unix(1, 0))
}

func (s *liveSource) interfaces() []*capture.Interface { return s.l.Interfaces() }

func (s *liveSource) dropped() *view.Drops {
	stats, err := s.l.Stats()
	if err != nil {
		return nil
	}
	d := &view.Drops{}
	for _, i := range stats {
		d.Count += i.Dropped
		d.AtLeast = d.AtLeast || i.Splits && i.Dropped > 0 // each may be a superframe
	}
	return d
}

func (s *liveSource) statistics(of *capture.Interface) (capture.Statistics, bool) {
	stats, _ := s.l.Stats()
	for _, i := range stats {
		if i.Interface == of {
			return capture.Statistics{Time: time.Now(), Received: i.Received, Dropped: i.Dropped}, true
		}
	}
	return capture.Statistics{}, false
}

func (s *liveSource) left() error { return nil }

func (s *liveSource) close() {
	s.stop()
	_ = s.l.Close()
}
