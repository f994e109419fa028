package text

import (
	"fmt"
	"io"
	"strings"

	"mcast/lab"
)

// Terminals shows a run of a lab as what stands on the terminals of its hosts in the end:
// one for each step, in their order, host by host.
type Terminals struct {
	hosts []string
	steps map[string][]string // by host
	lines map[string][]string // by step
	ended map[string]*lab.Ending
	over  bool // nothing more is looked at
	judge int  // expectations that are not judged yet
}

// NewTerminals returns the terminals for runs of a topology.
func NewTerminals(t *lab.Topology) *Terminals {
	p := &Terminals{steps: map[string][]string{}, lines: map[string][]string{}, ended: map[string]*lab.Ending{}, judge: len(t.Expect)}
	for _, h := range t.Hosts {
		p.hosts = append(p.hosts, h.Name)
	}
	return p
}

// Event notes what happens. What programs print when they are told to end, after the last
// expectation was judged, is left out: nobody at the terminal has ended them.
func (p *Terminals) Event(e *lab.Event) {
	if p.over {
		return
	}
	switch e.Kind {
	case lab.Started:
		p.steps[e.Host] = append(p.steps[e.Host], e.Step)
		p.lines[e.Step] = []string{"$ " + Command(e.Command)}
	case lab.Printed:
		p.lines[e.Step] = append(p.lines[e.Step], string(AppendEscaped(nil, []byte(e.Output.Text))))
	case lab.Exited:
		p.ended[e.Step] = e.Ending
	case lab.Judged:
		p.judge--
		p.over = p.judge == 0
	}
}

// Print prints them.
func (p *Terminals) Print(w io.Writer) error {
	var b strings.Builder
	for _, host := range p.hosts {
		for i, step := range p.steps[host] {
			title := host
			if i > 0 {
				title += ", another terminal"
			}
			fmt.Fprintf(&b, "%s\n", Name(title))
			for _, line := range p.lines[step] {
				fmt.Fprintf(&b, "  │ %s\n", line)
			}
			switch e := p.ended[step]; {
			case e == nil:
				b.WriteString("  │ (still runs)\n")
			case e.Status != 0:
				fmt.Fprintf(&b, "  │ (%v)\n", e)
			default:
				b.WriteString("  │ $\n")
			}
			b.WriteByte('\n')
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
