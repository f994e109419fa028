package junit

import (
	"errors"
	"strings"
	"testing"
	"time"

	"mcast/lab"
)

func TestLab(t *testing.T) {
	at := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	r := &lab.Result{
		Lab: "l", Begin: at, End: at.Add(time.Second),
		Steps: []lab.StepResult{
			{Name: "r", Host: "a", Started: at, Ending: &lab.Ending{After: time.Millisecond}, Stdout: []byte("<&>\x00"), Stderr: []byte("oh")},
			{Name: "s", Host: "b"},
			{Name: "t", Host: "b"},
		},
		Verdicts: []lab.Verdict{
			{Number: 1, Expectation: lab.Expectation{Step: "r"}, Outcome: lab.Met, Findings: []lab.Finding{{Outcome: lab.Met, Want: "it ends"}}},
			{
				Number: 2, Expectation: lab.Expectation{Link: "a.eth0"}, Outcome: lab.NotMet, After: time.Second,
				Findings: []lab.Finding{{Outcome: lab.NotMet, Want: "a frame", Seen: "none"}}, Evidence: []string{"one", "two"},
			},
			{Number: 3, Expectation: lab.Expectation{Step: "s"}, Outcome: lab.NotJudged, Findings: []lab.Finding{{Outcome: lab.NotJudged, Want: "it ends"}}},
		},
		Failure: &lab.Failure{Step: "s", Problem: "no such program", Advice: "install it", Err: errors.New("not found")},
	}
	var b strings.Builder
	if err := Lab(&b, r); err != nil {
		t.Fatal(err)
	}
	want := `<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="l" tests="6" failures="1" errors="1" skipped="2" time="1.000000" timestamp="2026-11-28T12:00:00">
    <testcase classname="l" name="r on a" time="0.001000">
      <system-out>&lt;&amp;&gt;` + "\ufffd" + `</system-out>
      <system-err>oh</system-err>
    </testcase>
    <testcase classname="l" name="s on b" time="0.000000">
      <error message="no such program">hint: install it</error>
    </testcase>
    <testcase classname="l" name="t on b" time="0.000000">
      <skipped message="the run ended before it began"></skipped>
    </testcase>
    <testcase classname="l" name="expectation 1: r: it ends" time="0.000000"></testcase>
    <testcase classname="l" name="expectation 2: a.eth0: a frame" time="1.000000">
      <failure message="a frame: none">one&#xA;two</failure>
    </testcase>
    <testcase classname="l" name="expectation 3: s: it ends" time="0.000000">
      <skipped message="the run ended before that was certain"></skipped>
    </testcase>
  </testsuite>
</testsuites>
`
	if b.String() != want {
		t.Errorf("printed:\n%s\nwant:\n%s", b.String(), want)
	}
}
