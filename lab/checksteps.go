package lab

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"mcast/filter"
	"mcast/lab/internal/form"
)

func (c *checker) checkSteps() {
	seen := map[string]bool{}
	for i := range c.Steps {
		s := &c.Steps[i]
		place := fmt.Sprintf("steps[%d]", i)
		if s.Name != "" {
			c.name(place+".name", s.Name, "a step", mostName)
			if seen[s.Name] {
				c.wrong(place+".name", "", "there are two steps of this name")
			}
			seen[s.Name] = true
		}
		if c.hosts[s.On] == nil {
			c.unknown(place+".on", "host", s.On, c.hostNames)
		}
		if len(s.Run) == 0 || s.Run[0] == "" {
			c.wrong(place+".run", "", "which program?")
		}
		for j, arg := range s.Run {
			c.noNUL(fmt.Sprintf("%s.run[%d]", place, j), arg, "an argument")
		}
		for _, name := range slices.Sorted(maps.Keys(s.Env)) {
			at := below(place+".env", name)
			if name == "" || strings.ContainsAny(name, "=\x00") {
				c.wrong(at, "", "%s is no name of a variable", form.Quoted(name))
			}
			c.noNUL(at, s.Env[name], "a variable")
		}
		c.noNUL(place+".dir", s.Dir, "a directory's name")
		until := 0
		for _, set := range []bool{s.Until.Started, s.Until.Line != "", s.Until.Joined.IsValid()} {
			if set {
				until++
			}
		}
		if until > 1 {
			c.wrong(place+".until", "", "one thing is waited for, and here are %d", until)
		}
		if s.Until.Joined.IsValid() {
			c.group(place+".until.joined", s.Until.Joined)
		}
		if s.Timeout < 0 {
			c.wrong(place+".timeout", "", "a time is not less than nothing: %v", s.Timeout)
		}
	}
}

// noNUL checks that the kernel takes a text.
func (c *checker) noNUL(place, text, what string) {
	if strings.Contains(text, "\x00") {
		c.wrong(place, "", "%s cannot have a byte that is 0", what)
	}
}

func (c *checker) checkExpectations() {
	for i := range c.Expect {
		e := &c.Expect[i]
		place := fmt.Sprintf("expect[%d]", i)
		if e.Within < 0 {
			c.wrong(place+".within", "", "a time is not less than nothing: %v", e.Within)
		}
		switch {
		case e.Step != "" && e.Link != "":
			c.wrong(place, "make two of it", "an expectation is of a step or of a link, and this is of both")
		case e.Step != "":
			c.ofStep(place, e)
		case e.Link != "":
			c.ofLink(place, e)
		default:
			c.wrong(place, "add step or link", "of what is this expected?")
		}
	}
}

// foreign says that keys are there which mean nothing.
func (c *checker) foreign(place, what string, keys map[string]bool) {
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		if keys[k] {
			c.wrong(place+"."+k, "", "%s is not a matter of a %s", k, what)
		}
	}
}

func (c *checker) ofStep(place string, e *Expectation) {
	c.foreign(place, "step", map[string]bool{"filter": e.Filter != "", "frames": e.Frames != nil})
	s := c.steps[e.Step]
	if s == nil {
		c.unknown(place+".step", "step", e.Step, c.stepNames)
	}
	switch {
	case e.Stdout == nil && e.Stderr == nil && e.Line == "" && e.Exit == nil && !e.Running:
		c.wrong(place, "add stdout, stderr, line, exit or running", "what is expected of %s?", form.Shown(e.Step))
	case e.Running && e.Exit != nil:
		c.wrong(place+".running", "make two of it, each with its within", "a program that still runs has no exit status")
	case e.Running && s != nil && s.Until == (Condition{}):
		c.wrong(place+".running", "give the step another until: started, {line: TEXT} or {joined: GROUP}", "%s is waited for until it ends, so it does not run then", form.Shown(e.Step))
	}
	if e.Exit != nil && (*e.Exit < 0 || *e.Exit > 255) {
		c.wrong(place+".exit", "", "an exit status is 0 to 255, not %d", *e.Exit)
	}
}

func (c *checker) ofLink(place string, e *Expectation) {
	c.foreign(place, "link", map[string]bool{
		"stdout": e.Stdout != nil, "stderr": e.Stderr != nil, "line": e.Line != "", "exit": e.Exit != nil, "running": e.Running,
	})
	if c.plugs[e.Link] == nil {
		c.unknown(place+".link", "link", e.Link, c.plugNames(""))
	}
	if e.Frames != nil && *e.Frames < 0 {
		c.wrong(place+".frames", "", "a number of frames is 0 or more, not %d", *e.Frames)
	}
	_, err := filter.Compile(e.Filter, c.filterOptions())
	var wrong *filter.Error
	switch {
	case errors.As(err, &wrong):
		text := "filter: " + wrong.Problem
		if wrong.Err != nil {
			text += ": " + wrong.Err.Error()
		}
		c.Add(&form.Problem{Place: place + ".filter", Text: text, Advice: wrong.Advice, From: wrong.Start, To: wrong.End})
	case err != nil:
		c.wrong(place+".filter", "", "%v", err)
	}
}

// filterOptions are those with which the filters of expectations are compiled: names
// of hosts are those of the topology.
func (t *Topology) filterOptions() filter.Options {
	return filter.Options{Resolve: func(name string) ([]netip.Addr, error) {
		var addrs []netip.Addr
		for i := range t.Hosts {
			if t.Hosts[i].Name == name {
				for j := range t.Hosts[i].Interfaces {
					for _, p := range t.Hosts[i].Interfaces[j].Addresses {
						addrs = append(addrs, p.Addr())
					}
				}
			}
		}
		if addrs == nil {
			return nil, errors.New("no host of the topology has this name and an address")
		}
		return addrs, nil
	}}
}
