// Package junit prints results as the XML that continuous integration reads, in the
// form of JUnit that Jenkins, GitLab and others agree on.
package junit

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"mcast/lab"
)

type suites struct {
	XMLName xml.Name `xml:"testsuites"`
	Suites  []suite
}

type suite struct {
	XMLName   xml.Name `xml:"testsuite"`
	Name      string   `xml:"name,attr"`
	Tests     int      `xml:"tests,attr"`
	Failures  int      `xml:"failures,attr"`
	Errors    int      `xml:"errors,attr"`
	Skipped   int      `xml:"skipped,attr"`
	Time      string   `xml:"time,attr"`
	Timestamp string   `xml:"timestamp,attr"`
	Cases     []testCase
}

type testCase struct {
	XMLName xml.Name `xml:"testcase"`
	Class   string   `xml:"classname,attr"`
	Name    string   `xml:"name,attr"`
	Time    string   `xml:"time,attr"`
	Failure *problem `xml:"failure"`
	Error   *problem `xml:"error"`
	Skipped *problem `xml:"skipped"`
	Out     string   `xml:"system-out,omitempty"`
	Err     string   `xml:"system-err,omitempty"`
}

type problem struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// Lab prints the results of runs, each a test suite: a test case for each step, with its
// output, and one for each expectation. What a run had no time for is skipped.
func Lab(w io.Writer, results ...*lab.Result) error {
	var all suites
	for _, r := range results {
		all.Suites = append(all.Suites, suiteOf(r))
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func suiteOf(r *lab.Result) suite {
	name := r.Lab
	if name == "" {
		name = "lab"
	}
	s := suite{Name: name, Time: seconds(r.End.Sub(r.Begin)), Timestamp: r.Begin.UTC().Format("2006-01-02T15:04:05")}
	add := func(c testCase) {
		c.Class = name
		s.Tests++
		switch {
		case c.Failure != nil:
			s.Failures++
		case c.Error != nil:
			s.Errors++
		case c.Skipped != nil:
			s.Skipped++
		}
		s.Cases = append(s.Cases, c)
	}
	for i := range r.Steps {
		add(step(&r.Steps[i], r))
	}
	if f := r.Failure; f != nil && f.Step == "" {
		add(testCase{Name: "the run", Time: s.Time, Failure: failure(f)})
	}
	for i := range r.Verdicts {
		add(verdict(&r.Verdicts[i]))
	}
	return s
}

func step(s *lab.StepResult, r *lab.Result) testCase {
	c := testCase{Name: s.Name + " on " + s.Host, Time: seconds(0), Out: string(s.Stdout), Err: string(s.Stderr)}
	if !s.Started.IsZero() {
		c.Time = seconds(r.End.Sub(s.Started))
	}
	if s.Ending != nil {
		c.Time = seconds(s.Ending.After)
	}
	switch f := r.Failure; {
	case f != nil && f.Step == s.Name && f.Err != nil:
		c.Error = failure(f)
	case f != nil && f.Step == s.Name:
		c.Failure = failure(f)
	case s.Started.IsZero():
		c.Skipped = &problem{Message: "the run ended before it began"}
	}
	return c
}

func failure(f *lab.Failure) *problem {
	lines := f.Evidence
	if f.Advice != "" {
		lines = append([]string{"hint: " + f.Advice}, lines...)
	}
	return &problem{f.Problem, strings.Join(lines, "\n")}
}

func verdict(v *lab.Verdict) testCase {
	of := v.Expectation.Step + v.Expectation.Link // one of them is there
	var wants, seen []string
	for _, f := range v.Findings {
		wants = append(wants, f.Want)
		if f.Outcome == lab.NotMet {
			seen = append(seen, f.Want+": "+f.Seen)
		}
	}
	c := testCase{
		Name: fmt.Sprintf("expectation %d: %s: %s", v.Number, of, strings.Join(wants, ", and ")),
		Time: seconds(max(v.After, 0)),
	}
	switch v.Outcome {
	case lab.NotMet:
		c.Failure = &problem{strings.Join(seen, "; "), strings.Join(v.Evidence, "\n")}
	case lab.NotJudged:
		c.Skipped = &problem{Message: "the run ended before that was certain"}
	}
	return c
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.6f", d.Seconds()) }
