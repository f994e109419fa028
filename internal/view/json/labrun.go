package json

import (
	"fmt"
	"io"

	"mcast/internal/view"
	"mcast/lab"
	"mcast/wire"
)

type labStarted struct {
	Type    string   `json:"type"`
	Time    string   `json:"time"`
	Step    string   `json:"step"`
	Host    string   `json:"host"`
	Command []string `json:"command"`
	PID     int      `json:"pid"`
}

type labOutput struct {
	Type   string `json:"type"`
	Time   string `json:"time"`
	Step   string `json:"step"`
	Host   string `json:"host"`
	Stream string `json:"stream"`
	Text   string `json:"text"`
	Open   bool   `json:"open"`
}

type labExited struct {
	Type    string  `json:"type"`
	Time    string  `json:"time"`
	Step    string  `json:"step"`
	Host    string  `json:"host"`
	Status  int     `json:"status"`
	Signal  *string `json:"signal"`
	Stopped bool    `json:"stopped"`
	Seconds float64 `json:"seconds"`
}

type labVerdict struct {
	Type     string       `json:"type"`
	Time     string       `json:"time"`
	Number   int          `json:"number"`
	Step     *string      `json:"step"`
	Link     *string      `json:"link"`
	Host     string       `json:"host"`
	Outcome  string       `json:"outcome"`
	Seconds  float64      `json:"seconds"`
	Findings []labFinding `json:"findings"`
	Evidence []string     `json:"evidence"`
}

type labFinding struct {
	Outcome string  `json:"outcome"`
	Want    string  `json:"want"`
	Seen    *string `json:"seen"`
}

type labSummary struct {
	Type         string      `json:"type"`
	Time         string      `json:"time"`
	Lab          string      `json:"lab"`
	Passed       bool        `json:"passed"`
	Expectations int         `json:"expectations"`
	Met          int         `json:"met"`
	NotMet       int         `json:"not_met"`
	NotJudged    int         `json:"not_judged"`
	Seconds      float64     `json:"seconds"`
	BadLinks     []badLink   `json:"bad_links,omitempty"`
	Failure      *labFailure `json:"failure"`
}

type badLink struct {
	Link   string     `json:"link"`
	Toward *inflicted `json:"toward"`
	From   *inflicted `json:"from"`
}

type inflicted struct {
	Frames     uint64  `json:"frames"`
	Lost       uint64  `json:"lost"`
	Duplicated uint64  `json:"duplicated"`
	Overtook   uint64  `json:"overtook"`
	QueueFull  uint64  `json:"queue_full"`
	Sent       uint64  `json:"sent"`
	Least      float64 `json:"least_delay_seconds"`
	Mean       float64 `json:"mean_delay_seconds"`
	Most       float64 `json:"most_delay_seconds"`
	Missed     uint64  `json:"missed"`
	Refused    uint64  `json:"refused"`
	Whole      uint64  `json:"whole"`
}

func inflictedOrNull(i *lab.Inflicted) *inflicted {
	if i == nil {
		return nil
	}
	return &inflicted{
		i.Frames, i.Lost, i.Duplicated, i.Overtook, i.QueueFull, i.Sent,
		i.LeastDelay.Seconds(), i.MeanDelay.Seconds(), i.MostDelay.Seconds(), i.Missed, i.Refused, i.Whole,
	}
}

type labFailure struct {
	Step     *string  `json:"step"`
	Problem  string   `json:"problem"`
	Hint     *string  `json:"hint"`
	Evidence []string `json:"evidence"`
}

// Lab prints the events of a run of a lab.
type Lab struct {
	printer *Printer
	frames  *FramePrinter
	packet  wire.Packet
	err     error
}

// NewLab returns a printer that writes to w.
func NewLab(w io.Writer) *Lab { return &Lab{printer: New(w), frames: NewFramePrinter(w)} }

// Err returns the first error of writing.
func (p *Lab) Err() error { return p.err }

// Event prints an event.
func (p *Lab) Event(e *lab.Event) {
	if p.err == nil {
		p.err = p.event(e)
	}
}

func (p *Lab) event(e *lab.Event) error {
	kind, at, step, host := string(e.Kind), formatTime(e.Time), e.Step, e.Host
	switch e.Kind {
	case lab.Started:
		return p.printer.encoder.Encode(labStarted{kind, at, step, host, orEmpty(e.Command), e.PID})
	case lab.Printed:
		o := e.Output
		return p.printer.encoder.Encode(labOutput{kind, at, step, host, string(o.Stream), o.Text, o.Open})
	case lab.Exited:
		x := e.Ending
		return p.printer.encoder.Encode(labExited{kind, at, step, host, x.Status, orNull(x.Signal), x.Stopped, x.After.Seconds()})
	case lab.Seen:
		f := e.Frame
		p.packet.Decode(wire.LinkType(f.Interface.LinkType), f.Data, f.Length, wire.Options{ChecksumNotReady: f.ChecksumPending})
		return p.frames.Frame(&view.Frame{
			Time: f.Time, Interface: e.Link, Direction: f.Direction.String(), Packet: &p.packet,
			Superframe: f.Superframe, SegmentSize: f.SegmentSize,
		})
	case lab.Judged:
		return p.printer.encoder.Encode(verdict(kind, at, e.Verdict))
	case lab.Summed:
		return p.printer.encoder.Encode(labResult(kind, at, e.Result))
	}
	return fmt.Errorf("an event of a lab of unknown kind %q", e.Kind)
}

func verdict(kind, at string, v *lab.Verdict) labVerdict {
	o := labVerdict{
		Type: kind, Time: at, Number: v.Number, Step: orNull(v.Expectation.Step), Link: orNull(v.Expectation.Link), Host: v.Host,
		Outcome: outcome(v.Outcome), Seconds: v.After.Seconds(), Findings: []labFinding{}, Evidence: orEmpty(v.Evidence),
	}
	for _, f := range v.Findings {
		o.Findings = append(o.Findings, labFinding{outcome(f.Outcome), f.Want, orNull(f.Seen)})
	}
	return o
}

func labResult(kind, at string, r *lab.Result) labSummary {
	o := labSummary{
		Type: kind, Time: at, Lab: r.Lab, Passed: r.OK(), Expectations: len(r.Verdicts), Seconds: r.End.Sub(r.Begin).Seconds(),
	}
	o.Met, o.NotMet, o.NotJudged = r.Count()
	for _, l := range r.BadLinks {
		o.BadLinks = append(o.BadLinks, badLink{l.Link, inflictedOrNull(l.Toward), inflictedOrNull(l.From)})
	}
	if f := r.Failure; f != nil {
		o.Failure = &labFailure{orNull(f.Step), f.Problem, orNull(f.Advice), orEmpty(f.Evidence)}
	}
	return o
}

// outcome is a word.
func outcome(o lab.Outcome) string {
	switch o {
	case lab.Met:
		return "met"
	case lab.NotMet:
		return "not_met"
	}
	return "not_judged"
}

// LabSchema returns the JSON Schema (draft 2020-12) of what `mcast lab run --json`
// prints, indented, with a newline at its end.
func LabSchema() []byte {
	text, count := object{"type": "string"}, object{"type": "integer", "minimum": 0}
	number, yes := object{"type": "number"}, object{"type": "boolean"}
	maybe := object{"type": []string{"string", "null"}}
	list := object{"type": "array", "items": text}
	at := object{"type": "string", "format": "date-time", "description": "in UTC, with nanoseconds"}
	outcomes := object{"enum": []string{"met", "not_met", "not_judged"}, "description": "not_judged: the run ended before that was certain"}
	output := object{"type": "string", "description": "what is not UTF-8 is U+FFFD"}
	seconds := object{"type": "number", "minimum": 0}
	definitions := frameDefinitions()
	definitions["started"] = closed(object{
		"type": object{"const": "started"}, "time": at, "step": text, "host": text, "command": list,
		"pid": object{"type": "integer", "minimum": 1, "description": "as processes in the lab see it"},
	}, "type", "time", "step", "host", "command", "pid")
	definitions["output"] = closed(object{
		"type": object{"const": "output"}, "time": at, "step": text, "host": text,
		"stream": object{"enum": []string{"stdout", "stderr"}}, "text": output,
		"open": object{"type": "boolean", "description": "no newline came after it: the output ended there, or the line goes on in the next object"},
	}, "type", "time", "step", "host", "stream", "text", "open")
	definitions["exited"] = closed(object{
		"type": object{"const": "exited"}, "time": at, "step": text, "host": text,
		"status":  object{"type": "integer", "minimum": 0, "description": "128 and the signal's number where a signal has ended it"},
		"signal":  maybe,
		"stopped": object{"type": "boolean", "description": "because the run was over"}, "seconds": seconds,
	}, "type", "time", "step", "host", "status", "signal", "stopped", "seconds")
	definitions["expectation"] = closed(object{
		"type": object{"const": "expectation"}, "time": at, "number": object{"type": "integer", "minimum": 1},
		"step": maybe, "link": maybe, "host": text, "outcome": outcomes,
		"seconds": object{"type": "number", "description": "when that was certain, from the beginning of the last step"},
		"findings": object{"type": "array", "items": closed(object{
			"outcome": outcomes,
			"want":    object{"type": "string", "description": "for people; it may change"},
			"seen":    object{"type": []string{"string", "null"}, "description": "for people; it may change"},
		}, "outcome", "want", "seen")},
		"evidence": list,
	}, "type", "time", "number", "step", "link", "host", "outcome", "seconds", "findings", "evidence")
	way := object{"anyOf": []any{object{"type": "null"}, object{"$ref": "#/$defs/inflicted"}}}
	definitions["inflicted"] = closed(object{
		"frames": count, "lost": count, "duplicated": count, "overtook": count, "queue_full": count, "sent": count,
		"least_delay_seconds": seconds, "mean_delay_seconds": seconds, "most_delay_seconds": seconds,
		"missed":  object{"type": "integer", "minimum": 0, "description": "lost, for the lab did not read them in time"},
		"refused": object{"type": "integer", "minimum": 0, "description": "lost, for the kernel did not take them"},
		"whole":   object{"type": "integer", "minimum": 0, "description": "superframes of TCP that were treated as one frame"},
	}, "frames", "lost", "duplicated", "overtook", "queue_full", "sent", "least_delay_seconds", "mean_delay_seconds", "most_delay_seconds", "missed", "refused", "whole")
	definitions["summary"] = closed(object{
		"type": object{"const": "summary"}, "time": at, "lab": text, "passed": yes,
		"expectations": count, "met": count, "not_met": count, "not_judged": count, "seconds": number,
		"bad_links": object{"type": "array", "items": closed(object{"link": text, "toward": way, "from": way}, "link", "toward", "from"),
			"description": "what was really done on links with impairments; null: nothing was asked for in that direction"},
		"failure": object{"anyOf": []any{object{"type": "null"}, closed(object{
			"step": maybe, "problem": text, "hint": maybe, "evidence": list,
		}, "step", "problem", "hint", "evidence")}, "description": "why the run ended early"},
	}, "type", "time", "lab", "passed", "expectations", "met", "not_met", "not_judged", "seconds", "failure")
	definitions["reception"] = receptionDefinition()
	return lineSchema("mcast lab run --json",
		"Each line is an event. The summary is the last one, unless a failed run is kept standing; the exercise has several, and after each a reception. A frame is as mcast sniff --json prints it; its interface is the link.",
		definitions, "started", "output", "frame", "exited", "expectation", "summary", "reception")
}
