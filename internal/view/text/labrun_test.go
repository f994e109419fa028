package text

import (
	"strings"
	"testing"
	"time"

	"mcast/lab"
)

func TestLab(t *testing.T) {
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	topology := &lab.Topology{Steps: []lab.Step{{On: "midwood"}, {Name: "r", On: "a"}, {Name: "s", On: "a"}}}
	result := &lab.Result{
		Lab: "l", Begin: at, End: at.Add(250 * time.Millisecond), Steps: make([]lab.StepResult, 3),
		Verdicts: []lab.Verdict{
			{
				Number: 1, Expectation: lab.Expectation{Step: "r"}, Outcome: lab.Met, After: 12345678,
				Findings: []lab.Finding{{Outcome: lab.Met, Want: "it prints nothing"}, {Outcome: lab.Met, Want: "it still runs"}},
			},
			{
				Number: 2, Expectation: lab.Expectation{Link: "a.eth0"}, Outcome: lab.NotMet,
				Findings: []lab.Finding{{Outcome: lab.NotMet, Want: "no frame is seen", Seen: "one was seen"}}, Evidence: []string{"a \x1bframe"},
			},
			{
				Number: 3, Expectation: lab.Expectation{Step: "s"}, Outcome: lab.NotMet,
				Findings: []lab.Finding{{Outcome: lab.NotJudged, Want: "it prints nothing"}, {Outcome: lab.NotMet, Want: "it still runs", Seen: "it ended"}},
			},
			{Number: 4, Expectation: lab.Expectation{Step: "s"}, Outcome: lab.NotJudged, Findings: []lab.Finding{{Outcome: lab.NotJudged, Want: "it still runs"}}},
		},
		BadLinks: []lab.BadLink{
			{Link: "a.eth0", Toward: &lab.Inflicted{Frames: 200, Lost: 21, Overtook: 2, Missed: 1, Sent: 178, LeastDelay: 9_876_543, MeanDelay: 10_123_456, MostDelay: 1_234_567_890}},
			{Link: "b.eth0", From: &lab.Inflicted{}},
		},
		Failure: &lab.Failure{Problem: "it is late", Advice: "wait", Evidence: []string{"stdout: x"}},
	}
	var b strings.Builder
	p := NewLab(&b, topology)
	for _, e := range []lab.Event{
		{Kind: lab.Started, Step: "step 1", Host: "midwood", Command: []string{"mcastsend", "Hello, World!", "it's", "$x", "", "a\nb"}},
		{Kind: lab.Printed, Step: "step 1", Host: "midwood", Output: &lab.Output{Text: "hi \x1b[2J"}},
		{Kind: lab.Exited, Step: "step 1", Command: []string{"mcastsend"}, Ending: &lab.Ending{}},
		{Kind: lab.Exited, Step: "r", Command: []string{"sh", "-c"}, Ending: &lab.Ending{Status: 1, After: time.Second}},
		{Kind: lab.Exited, Step: "s", Command: []string{"sh"}, Ending: &lab.Ending{Status: 143, Stopped: true}},
		{Kind: lab.Judged, Verdict: &result.Verdicts[0]},
		{Kind: lab.Summed, Result: result},
	} {
		p.Event(&e)
	}
	want := `midwood $ mcastsend "Hello, World!" "it's" '$x' "" 'a
b'
midwood   hi \x1b[2J
a/r       [sh ended with status 1 after 1s]

met         r: it prints nothing, and it still runs (after 12.3ms)
NOT MET     a.eth0: no frame is seen
            one was seen
            | a \x1bframe
NOT MET     s: it prints nothing, and it still runs
            it still runs: it ended
not judged  s: it still runs
bad link    a.eth0, towards it: 200 frames, 21 lost (10.5 %), 2 overtook others, 1 missed by the lab, which was too slow; on their way for 10.1ms (9.88ms to 1.23s)
bad link    b.eth0, from it: 0 frames
it is late
            | stdout: x
hint: wait
lab l: 1 of 4 expectations met, 1 not judged, in 250ms
`
	if p.Err() != nil || b.String() != want {
		t.Errorf("printed, with %v:\n%s\nwant:\n%s", p.Err(), b.String(), want)
	}
}
