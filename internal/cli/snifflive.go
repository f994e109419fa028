package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
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

	mu     sync.Mutex  // guards the deadline
	ending atomic.Bool // ctx is done
	ended  time.Time   // when that was; read once ending is true
	dry    bool        // no frame was there when read looked last
}

func openLiveSource(ctx context.Context, o *sniffOptions, stdio IO) (*liveSource, error) {
	s := &liveSource{o: o, stdio: stdio, ctx: ctx}
	var err error
	s.l, err = capture.OpenLive(capture.LiveConfig{
		Interfaces: o.interfaces, FilterFor: o.expressionFor, FilterOptions: o.compile(),
		SnapLen: o.snapLen, Promiscuous: o.promisc, Superframes: o.superframe, Notify: s.changed,
	})
	if err != nil {
		return nil, filterError(s.advise(err))
	}
	s.stop = context.AfterFunc(ctx, s.end)
	return s, nil
}

// advise tells those who know tcpdump's name for all interfaces ours.
func (s *liveSource) advise(err error) error {
	var e *mcast.Error
	if errors.As(err, &e) && e.Interface == "any" && errors.Is(err, mcast.ErrNoInterface) {
		return &hinted{err, "-i all captures on every interface, and on those that come"}
	}
	return err
}

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
	err := s.next(f)
	switch {
	case s.ending.Load():
		return s.drain(f, err)
	case errors.Is(err, io.EOF):
		return &hinted{errors.New("no interface is left to capture on"), "those that -i names have gone; without -i, interfaces that come are captured on too"}
	}
	return err
}

const (
	// settling is how long a frame may be on its way from the kernel, which
	// hands them over by the block (see package capture).
	settling = 50 * time.Millisecond

	// longestDrain ends reading in any case: clocks are set back.
	longestDrain = 2 * time.Second

	// longestDrainOnTerminal is as long as nobody minds who presses Ctrl-C in a flood.
	longestDrainOnTerminal = 200 * time.Millisecond
)

// drain is read once ctx is done, of which err came: what was captured before is
// read to its end.
func (s *liveSource) drain(f *capture.Frame, err error) error {
	longest := longestDrain
	if s.o.output == "" && !s.o.quiet && isTerminal(s.stdio.Out) {
		longest = longestDrainOnTerminal
	}
	for {
		passed := time.Since(s.ended)
		switch early := passed < settling; {
		case passed >= longest:
			return s.ctx.Err()
		case err == nil && !f.Time.After(s.ended):
			s.dry = false
			return nil
		case err == nil && early: // it came too late; those of other interfaces may not have
		case errors.Is(err, os.ErrDeadlineExceeded) && early:
			_ = s.l.SetReadDeadline(s.ended.Add(settling))
		case errors.Is(err, os.ErrDeadlineExceeded) && !s.dry:
			// There may be more than could be read in that time.
			s.dry = true
			_ = s.l.SetReadDeadline(time.Now().Add(time.Millisecond))
		default:
			return s.ctx.Err()
		}
		err = s.next(f)
	}
}

func (s *liveSource) next(f *capture.Frame) error {
	if s.o.runs() {
		return s.l.ReadRun(f)
	}
	return s.l.Read(f)
}

func (s *liveSource) setDeadline(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ending.Load() {
		_ = s.l.SetReadDeadline(t) // fails once it is closed, when nobody reads
	}
}

// end has read drain what is there.
func (s *liveSource) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = time.Now()
	s.ending.Store(true)
	_ = s.l.SetReadDeadline(s.ended.Add(settling))
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
