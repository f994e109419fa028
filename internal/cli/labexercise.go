package cli

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"path/filepath"
	"time"

	"mcast/internal/observe"
	"mcast/internal/view"
	"mcast/internal/view/json"
	"mcast/internal/view/text"
	"mcast/lab"
)

// The exercise is a built-in lab in which a receiver waits for ever, and three more, its
// ways out. Each can be run by itself, as any other lab. Run by its name, all are run one
// after the other, and what reaches the receiver is observed, and explained.

const exerciseName = "exercise"

var exerciseWays = []string{"exercise-interface", "exercise-all", "exercise-route"}

// exerciseReceiver is the step in question, in all of them.
const exerciseReceiver = "receiver"

// exercisePatience is how long the report of that step's join is waited for.
const exercisePatience = 2 * time.Second

var exerciseGroup = netip.MustParseAddrPort("224.1.1.5:50001")

// runExercise runs the exercise, and its ways out.
func runExercise(ctx context.Context, o *labRunOptions, stdio IO) error {
	var topologies []*lab.Topology
	for _, name := range append([]string{exerciseName}, exerciseWays...) {
		t, err := loadTopology(ctx, name, stdio)
		if err != nil {
			return err
		}
		topologies = append(topologies, t)
	}
	if err := isolate(ctx, stdio); err != nil {
		return err
	}
	heedBrokenPipes()
	return withJUnit(o, stdio, func() (results []*lab.Result, err error) {
		for i, t := range topologies {
			each := *o
			if o.pcap != "" {
				each.pcap = filepath.Join(o.pcap, t.Name)
			}
			if !o.json {
				if err := text.Heading(stdio.Out, t.Name, t.Description, i == 0); err != nil {
					return results, written(err)
				}
			}
			result, err := runTopology(ctx, &each, t, &exercise{ctx: ctx, json: o.json}, stdio)
			if results = append(results, result); err != nil {
				return results, err
			}
		}
		return results, nil
	})
}

// exercise watches one of the labs.
type exercise struct {
	ctx  context.Context
	json bool

	observation *observe.Observation
	asked       bool // the kernel, which the receiver has to run for
	err         error
}

func (x *exercise) begin(l *lab.Lab) (err error) {
	for _, s := range l.Topology().Steps {
		if s.Name == exerciseReceiver {
			x.observation, err = observe.Host(l.Host(s.On), exerciseGroup)
			return err
		}
	}
	return errors.New("the exercise has no step " + exerciseReceiver)
}

func (x *exercise) event(e *lab.Event) {
	if e.Kind != lab.Started || e.Step != exerciseReceiver {
		return
	}
	// The run waits meanwhile. Otherwise the receiver might have received, and left,
	// before its join was reported and anybody has asked the kernel.
	ctx, cancel := context.WithTimeout(x.ctx, exercisePatience)
	defer cancel()
	x.observation.WaitReport(ctx)
	x.asked = true
	x.err = x.observation.Ask()
}

func (x *exercise) end(result *lab.Result, out io.Writer) error {
	r, err := x.observation.End()
	if err := errors.Join(x.err, err); err != nil {
		return err
	}
	if result == nil || !x.asked {
		return nil
	}
	v := view.Reception{Lab: result.Lab, Reception: r}
	for _, s := range result.Steps {
		if s.Name == exerciseReceiver {
			v.Step, v.Received = s.Name, s.Ending != nil && !s.Ending.Stopped && s.Ending.Status == 0
		}
	}
	if x.json {
		return json.New(out).Reception(&v)
	}
	return text.Reception(out, &v)
}
