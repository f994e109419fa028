package json

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"mcast/capture"
	"mcast/lab"
)

// labEvents are an event of each kind, and what is printed.
func labEvents() (events []*lab.Event, want []string) {
	at := time.Date(2026, 11, 28, 12, 0, 0, 5, time.UTC)
	verdict := lab.Verdict{
		Number: 2, Expectation: lab.Expectation{Step: "r"}, Host: "b", Outcome: lab.NotMet, After: 1500 * time.Millisecond,
		Findings: []lab.Finding{{Outcome: lab.NotMet, Want: "it still runs", Seen: "it ended"}, {Outcome: lab.NotJudged, Want: "it prints nothing"}},
		Evidence: []string{"stdout: \x1b[2J"},
	}
	link := lab.Verdict{Number: 1, Expectation: lab.Expectation{Link: "b.eth0"}, Host: "b", Outcome: lab.Met, Findings: []lab.Finding{{Outcome: lab.Met, Want: "a frame"}}}
	of := func(e lab.Event) *lab.Event {
		e.Time = at
		return &e
	}
	return []*lab.Event{
			of(lab.Event{Kind: lab.Started, Step: "r", Host: "b", Command: []string{"sh", "-c", "a\tb"}, PID: 7}),
			of(lab.Event{Kind: lab.Printed, Step: "r", Host: "b", Output: &lab.Output{Stream: lab.Stderr, Text: "no\xff\u009b", Open: true}}),
			of(lab.Event{Kind: lab.Exited, Step: "r", Host: "b", Ending: &lab.Ending{Status: 137, Signal: "killed", Stopped: true, After: time.Second}}),
			of(lab.Event{Kind: lab.Exited, Step: "r", Host: "b", Ending: &lab.Ending{Status: 1}}),
			of(lab.Event{Kind: lab.Seen, Host: "b", Link: "b.eth0", Frame: &capture.Frame{
				Time: at, Data: make([]byte, 14), Length: 60, Direction: capture.DirectionIn, Interface: &capture.Interface{Name: "x", LinkType: 1},
			}}),
			of(lab.Event{Kind: lab.Judged, Verdict: &link}),
			of(lab.Event{Kind: lab.Judged, Verdict: &verdict}),
			of(lab.Event{Kind: lab.Summed, Result: &lab.Result{
				Lab: "l", Begin: at, End: at.Add(2 * time.Second), Verdicts: []lab.Verdict{link, verdict},
				BadLinks: []lab.BadLink{{Link: "a.eth0", From: &lab.Inflicted{Frames: 3, Lost: 1, Sent: 2, MeanDelay: time.Millisecond}}},
				Failure:  &lab.Failure{Step: "r", Problem: "it is late", Advice: "wait"},
			}}),
			of(lab.Event{Kind: lab.Summed, Result: &lab.Result{Begin: at, End: at}}),
		}, []string{
			`{"type":"started","time":"2026-11-28T12:00:00.000000005Z","step":"r","host":"b","command":["sh","-c","a\tb"],"pid":7}`,
			`{"type":"output","time":"2026-11-28T12:00:00.000000005Z","step":"r","host":"b","stream":"stderr","text":"no\ufffd\u009b","open":true}`,
			`{"type":"exited","time":"2026-11-28T12:00:00.000000005Z","step":"r","host":"b","status":137,"signal":"killed","stopped":true,"seconds":1}`,
			`{"type":"exited","time":"2026-11-28T12:00:00.000000005Z","step":"r","host":"b","status":1,"signal":null,"stopped":false,"seconds":0}`,
			`{"type":"frame","time":"2026-11-28T12:00:00.000000005Z","interface":"b.eth0","direction":"in","length":60,"captured":14,`,
			`{"type":"expectation","time":"2026-11-28T12:00:00.000000005Z","number":1,"step":null,"link":"b.eth0","host":"b","outcome":"met","seconds":0,` +
				`"findings":[{"outcome":"met","want":"a frame","seen":null}],"evidence":[]}`,
			`{"type":"expectation","time":"2026-11-28T12:00:00.000000005Z","number":2,"step":"r","link":null,"host":"b","outcome":"not_met","seconds":1.5,` +
				`"findings":[{"outcome":"not_met","want":"it still runs","seen":"it ended"},{"outcome":"not_judged","want":"it prints nothing","seen":null}],"evidence":["stdout: \u001b[2J"]}`,
			`{"type":"summary","time":"2026-11-28T12:00:00.000000005Z","lab":"l","passed":false,"expectations":2,"met":1,"not_met":1,"not_judged":0,"seconds":2,` +
				`"bad_links":[{"link":"a.eth0","toward":null,"from":{"frames":3,"lost":1,"duplicated":0,"overtook":0,"queue_full":0,"sent":2,` +
				`"least_delay_seconds":0,"mean_delay_seconds":0.001,"most_delay_seconds":0,"missed":0,"refused":0,"whole":0}}],` +
				`"failure":{"step":"r","problem":"it is late","hint":"wait","evidence":[]}}`,
			`{"type":"summary","time":"2026-11-28T12:00:00.000000005Z","lab":"","passed":true,"expectations":0,"met":0,"not_met":0,"not_judged":0,"seconds":0,"failure":null}`,
		}
}

// Every kind of event is printed as the schema says.
func TestLab(t *testing.T) {
	s, err := newSchema(LabSchema())
	if err != nil {
		t.Fatal(err)
	}
	events, want := labEvents()
	for i, e := range events {
		var b bytes.Buffer
		p := NewLab(&b)
		p.Event(e)
		if p.Err() != nil {
			t.Fatal(p.Err())
		}
		line, whole := strings.CutSuffix(b.String(), "\n")
		if e.Kind == lab.Seen && strings.HasPrefix(line, want[i]) {
			want[i] = line
		}
		if !whole || line != want[i] {
			t.Errorf("printed %s\nwant    %s", line, want[i])
		}
		if err := s.validate([]byte(line)); err != nil {
			t.Errorf("%v\n%s", err, line)
		}
	}
}
