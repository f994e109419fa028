package text

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"mcast/lab"
)

// Lab prints what happens in a run of a lab, as the people at the hosts would see it:
// each line after the host's name, a command after "$", and what it prints below
// it.
type Lab struct {
	w     io.Writer
	names map[string]string // of steps, as they stand before a line
	width int
	err   error
}

// NewLab returns a printer for runs of a topology.
func NewLab(w io.Writer, t *lab.Topology) *Lab {
	p := &Lab{w: w, names: map[string]string{}}
	steps := map[string]int{} // on a host
	for _, s := range t.Steps {
		steps[s.On]++
	}
	for i, s := range t.Steps {
		step, name := s.Name, s.On
		if step == "" {
			step = fmt.Sprintf("step %d", i+1)
		}
		if steps[s.On] > 1 {
			name += "/" + step
		}
		p.names[step] = name
		p.width = max(p.width, len(name))
	}
	return p
}

// Err returns the first error of writing.
func (p *Lab) Err() error { return p.err }

func (p *Lab) print(text string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, text)
	}
}

// line prints a line of a host.
func (p *Lab) line(step, mark, text string) {
	name, ok := p.names[step]
	if !ok {
		name = step
	}
	p.print(strings.TrimRight(fmt.Sprintf("%-*s %s %s", p.width, name, mark, AppendEscaped(nil, []byte(text))), " ") + "\n")
}

// Event prints an event. Frames and single verdicts are not shown: the report has
// what matters of them.
func (p *Lab) Event(e *lab.Event) {
	switch e.Kind {
	case lab.Started:
		p.line(e.Step, "$", Command(e.Command))
	case lab.Printed:
		p.line(e.Step, " ", e.Output.Text)
	case lab.Exited:
		if e.Ending.Status != 0 && !e.Ending.Stopped {
			p.line(e.Step, " ", fmt.Sprintf("[%s %v]", Command(e.Command[:1]), e.Ending))
		}
	case lab.Summed:
		p.result(e.Result)
	}
}

// result prints the report: each expectation, what was seen in its place, and why the
// run ended early.
func (p *Lab) result(r *lab.Result) {
	var b strings.Builder
	if len(p.names) > 0 && (len(r.Verdicts) > 0 || r.Failure != nil) {
		b.WriteByte('\n')
	}
	for i := range r.Verdicts {
		verdict(&b, &r.Verdicts[i])
	}
	for i := range r.BadLinks {
		l := &r.BadLinks[i]
		badLink(&b, l.Link, "towards it", l.Toward)
		badLink(&b, l.Link, "from it", l.From)
	}
	if f := r.Failure; f != nil {
		fmt.Fprintf(&b, "%s\n", escaped(f.Problem))
		evidence(&b, f.Evidence)
		if f.Advice != "" {
			fmt.Fprintf(&b, "hint: %s\n", escaped(f.Advice))
		}
	}
	name := "the lab"
	if r.Lab != "" {
		name = "lab " + escaped(r.Lab)
	}
	met, _, notJudged := r.Count()
	took := short(r.End.Sub(r.Begin))
	switch {
	case len(r.Verdicts) == 0 && r.Failure == nil:
		fmt.Fprintf(&b, "%s: %s, nothing was expected, in %s\n", name, plural(uint64(len(r.Steps)), "step"), took)
	case len(r.Verdicts) == 0:
		fmt.Fprintf(&b, "%s: ended early after %s\n", name, took)
	default:
		fmt.Fprintf(&b, "%s: %d of %s met", name, met, plural(uint64(len(r.Verdicts)), "expectation"))
		if notJudged > 0 {
			fmt.Fprintf(&b, ", %d not judged", notJudged)
		}
		fmt.Fprintf(&b, ", in %s\n", took)
	}
	p.print(b.String())
}

// verdict prints a line for what came of an expectation, and what was seen if that
// was something else.
func verdict(b *strings.Builder, v *lab.Verdict) {
	marks := map[lab.Outcome]string{lab.Met: "met       ", lab.NotMet: "NOT MET   ", lab.NotJudged: "not judged"}
	of := v.Expectation.Step
	if of == "" {
		of = v.Expectation.Link
	}
	var wants []string
	for _, f := range v.Findings {
		wants = append(wants, f.Want)
	}
	fmt.Fprintf(b, "%s  %s: %s", marks[v.Outcome], escaped(of), escaped(strings.Join(wants, ", and ")))
	if v.Outcome == lab.Met && v.After > 0 {
		fmt.Fprintf(b, " (after %s)", short(v.After))
	}
	b.WriteByte('\n')
	for _, f := range v.Findings {
		if f.Outcome != lab.NotMet {
			continue
		}
		if len(v.Findings) > 1 {
			fmt.Fprintf(b, "            %s:", escaped(f.Want))
		} else {
			b.WriteString("           ")
		}
		fmt.Fprintf(b, " %s\n", escaped(f.Seen))
	}
	evidence(b, v.Evidence)
}

// badLink prints a line for what was done to frames that went one way.
func badLink(b *strings.Builder, link, way string, i *lab.Inflicted) {
	if i == nil {
		return
	}
	fmt.Fprintf(b, "bad link    %s, %s: %s", escaped(link), way, plural(i.Frames, "frame"))
	for _, done := range []struct {
		n    uint64
		what string
	}{
		{i.Lost, "lost"}, {i.Duplicated, "doubled"}, {i.Overtook, "overtook others"}, {i.QueueFull, "found the queue full"},
		{i.Missed, "missed by the lab, which was too slow"}, {i.Refused, "refused by the kernel"}, {i.Whole, "of TCP taken together"},
	} {
		if done.n > 0 {
			fmt.Fprintf(b, ", %d %s", done.n, done.what)
			if done.what == "lost" && i.Frames > 0 {
				fmt.Fprintf(b, " (%.1f %%)", 100*float64(done.n)/float64(i.Frames))
			}
		}
	}
	if i.Sent > 0 {
		fmt.Fprintf(b, "; on their way for %s (%s to %s)", short(i.MeanDelay), short(i.LeastDelay), short(i.MostDelay))
	}
	b.WriteByte('\n')
}

// short is a time to three digits or so.
func short(d time.Duration) string {
	for unit := time.Second; unit > time.Nanosecond; unit /= 10 {
		if d >= unit {
			return d.Round(unit / 100).String()
		}
	}
	return d.String()
}

// evidence prints lines that show what was seen.
func evidence(b *strings.Builder, lines []string) {
	for _, l := range lines {
		fmt.Fprintf(b, "            | %s\n", escaped(l))
	}
}

// escaped keeps text on its line, and a terminal from harm.
func escaped(text string) string {
	return string(AppendEscaped(nil, []byte(strings.NewReplacer("\n", `\n`, "\t", " ").Replace(text))))
}

// Command returns a command as it is typed into a shell.
func Command(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = shellWord(w)
	}
	return strings.Join(quoted, " ")
}

// shellWord quotes a word if a shell would take it for something else.
func shellWord(w string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("%+,-./:=@_", r)
	}
	switch {
	case w != "" && !strings.ContainsFunc(w, func(r rune) bool { return !plain(r) }):
		return w
	case !strings.ContainsAny(w, "\"\\$`\n\t") && strconv.Quote(w) == `"`+w+`"`:
		return `"` + w + `"`
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}
