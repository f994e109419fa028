package lab_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"mcast/capture"
	"mcast/internal/nettest"
	"mcast/internal/sys"
	"mcast/lab"
)

func ptr[T any](v T) *T { return &v }

// script is a step that runs a shell.
func script(name, host, text string, until lab.Condition) lab.Step {
	return lab.Step{Name: name, On: host, Run: []string{"sh", "-c", text}, Until: until}
}

var (
	started = lab.Condition{Started: true}
	toEnd   = lab.Condition{}
)

// runLab runs steps and expectations on two hosts, and returns what happened.
func runLab(t *testing.T, c lab.RunConfig, steps []lab.Step, expect ...lab.Expectation) (*lab.Result, []*lab.Event) {
	t.Helper()
	topology := twoHosts()
	topology.Steps, topology.Expect = steps, expect
	var events []*lab.Event
	c.Events = func(e *lab.Event) { events = append(events, e) }
	r, err := start(t, topology).Run(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return r, events
}

// described is everything that happened, in a few words, but for frames.
func described(events []*lab.Event) (list []string) {
	for _, e := range events {
		switch e.Kind {
		case lab.Started:
			list = append(list, fmt.Sprintf("%s on %s: %s", e.Step, e.Host, e.Kind))
		case lab.Printed:
			list = append(list, fmt.Sprintf("%s %s: %q", e.Step, e.Output.Stream, e.Output.Text))
		case lab.Exited:
			list = append(list, fmt.Sprintf("%s: exited %d %s", e.Step, e.Ending.Status, e.Ending.Signal))
		case lab.Judged:
			list = append(list, fmt.Sprintf("%d %s", e.Verdict.Number, e.Verdict.Outcome))
		case lab.Summed:
			list = append(list, fmt.Sprintf("summary %v", e.Result.OK()))
		}
	}
	return list
}

func TestRun(t *testing.T) {
	r, events := runLab(t, lab.RunConfig{},
		[]lab.Step{
			{Name: "one", On: "a", Run: []string{"sh", "-c", `echo "$GREETING"; cat; printf open >&2; exit 3`}, Env: map[string]string{"GREETING": "hello"}, Stdin: "input\n"},
			script("two", "b", "echo ready; exec sleep 60", lab.Condition{Line: "read"}),
		},
		lab.Expectation{Step: "one", Stdout: ptr("hello\ninput\n"), Stderr: ptr("open"), Exit: ptr(3)},
		lab.Expectation{Step: "two", Line: "ready"},
	)
	if !r.OK() {
		t.Errorf("the run failed: %+v, %v", r.Verdicts, r.Failure)
	}
	want := []string{
		"one on a: started", `one stdout: "hello"`, `one stdout: "input"`, `one stderr: "open"`, "one: exited 3 ",
		"1 met", "two on b: started", `two stdout: "ready"`, "2 met", "two: exited 143 terminated", "summary true",
	}
	// Which of two streams is read first is not certain, nor whether the next step begins before
	// both have been read to their ends, and judged.
	got := described(events)
	for _, x := range []struct {
		what    string
		at      int
		earlier string
	}{{`one stderr: "open"`, 3, "one on a: started"}, {"1 met", 5, "one: exited 3 "}} {
		if i := slices.Index(got, x.what); i > slices.Index(got, x.earlier) {
			got = slices.Insert(slices.Delete(got, i, i+1), x.at, x.what)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("happened:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	two := r.Steps[1]
	if two.Ending == nil || !two.Ending.Stopped || string(two.Stdout) != "ready\n" || two.Host != "b" {
		t.Errorf("step two is %+v", two)
	}
}

// Each kind of expectation can fail, and says what was seen instead.
func TestNotMet(t *testing.T) {
	const waits = "exec sleep 60"
	soon := 300 * time.Millisecond
	tests := []struct {
		name string
		do   string
		x    lab.Expectation
		seen string
	}{
		{"stdout", "echo hello; " + waits, lab.Expectation{Stdout: ptr("hallo\n"), Within: time.Hour}, `it has printed "hello\n", and still runs`},
		{"stdout too short", "echo hello", lab.Expectation{Stdout: ptr("hello\nand more\n"), Within: time.Hour}, `it has printed "hello\n", and ended with status 0`},
		{"stdout none", "exit 1", lab.Expectation{Stdout: ptr("hello\n"), Within: time.Hour}, `it has printed nothing, and ended with status 1`},
		{"stderr", "echo oh >&2", lab.Expectation{Stderr: ptr(""), Within: time.Hour}, `it has printed "on its way\n`},
		{"line", "echo hello", lab.Expectation{Line: "world", Within: time.Hour}, "it has printed no such line, and ended with status 0"},
		{"line in time", waits, lab.Expectation{Line: "world", Within: soon}, "it has printed no such line, and still runs"},
		{"exit", "exit 4", lab.Expectation{Exit: ptr(0), Within: time.Hour}, "it ended with status 4"},
		{"exit in time", waits, lab.Expectation{Exit: ptr(0), Within: soon}, "it still runs"},
		{"signal", "kill -KILL $$", lab.Expectation{Exit: ptr(0), Within: time.Hour}, "it was ended by a signal (killed, status 137)"},
		{"running", "exit 0", lab.Expectation{Running: true, Within: time.Hour}, "it ended with status 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.x.Step = "s"
			r, _ := runLab(t, lab.RunConfig{}, []lab.Step{
				script("s", "a", "echo on its way >&2; "+tt.do, lab.Condition{Line: "on its way"}),
				script("last", "a", "true", started), // from when on the time is counted
			}, tt.x)
			v := r.Verdicts[0]
			if r.OK() || r.Failure != nil || v.Outcome != lab.NotMet || !strings.Contains(v.Findings[0].Seen, tt.seen) {
				t.Errorf("verdict is %+v, failure %v; want %q", v, r.Failure, tt.seen)
			}
			if len(v.Evidence) == 0 { // which stream is read first is not certain
				t.Errorf("evidence is %q", v.Evidence)
			}
		})
	}
}

// What a program did in time counts, also if the run hears of it later.
func TestJudgedLate(t *testing.T) {
	const within = 100 * time.Millisecond
	topology := twoHosts()
	topology.Steps = []lab.Step{
		script("s", "a", "echo hello; exit 7", started),
		script("last", "a", "true", started),
	}
	topology.Expect = []lab.Expectation{
		{Step: "s", Running: true, Within: within},
		{Step: "s", Exit: ptr(7), Within: within},
		{Step: "s", Stdout: ptr("hello\n"), Within: within},
		{Step: "s", Line: "hello", Within: within},
	}
	var pid int
	slow := func(e *lab.Event) {
		switch {
		case e.Kind == lab.Started && e.Step == "s":
			pid = e.PID
		case e.Kind == lab.Started:
			nettest.Eventually(t, "the program to end", 10*time.Second, func() bool { return sys.HasEnded(pid) })
			time.Sleep(time.Until(e.Time.Add(within)))
		}
	}
	r, err := start(t, topology).Run(t.Context(), lab.RunConfig{Events: slow})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []lab.Outcome{lab.NotMet, lab.Met, lab.Met, lab.Met} {
		if v := r.Verdicts[i]; v.Outcome != want {
			t.Errorf("expectation %d is %s, want %s: %+v", v.Number, v.Outcome, want, v.Findings)
		}
	}
}

// sends is a shell command that sends datagrams, as mcastsend does.
func sends(t *testing.T, n int) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s=send %s %d", programEnv, exe, n)
}

func TestFrames(t *testing.T) {
	const mine, other = "udp port 50001", "udp port 50002"
	tests := []struct {
		name   string
		link   string
		filter string
		frames *int
		send   int
		seen   string // "": it is met
	}{
		{"at least one", "b.eth0", mine, nil, 2, ""},
		{"two", "b.eth0", mine, ptr(2), 2, ""},
		{"where it is sent", "a.eth0", mine + " and ip src 192.0.2.1", ptr(1), 1, ""},
		{"none", "b.eth0", other, ptr(0), 1, ""},
		{"none, and there is one", "b.eth0", mine, ptr(0), 1, "one was seen"},
		{"none, and there are many", "b.eth0", mine, ptr(0), 200, "200 were seen"},
		{"too many", "b.eth0", mine, ptr(2), 3, "3 were seen"},
		{"too few", "b.eth0", mine, ptr(3), 2, "2 were seen"},
		{"at least one, and there is none", "b.eth0", other, nil, 1, "none was seen"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x := lab.Expectation{Link: tt.link, Filter: tt.filter, Frames: tt.frames}
			if tt.seen != "" && (tt.frames == nil || *tt.frames > tt.send) {
				x.Within = 300 * time.Millisecond
			}
			r, events := runLab(t, lab.RunConfig{}, []lab.Step{
				script("s", "a", sends(t, tt.send), toEnd),
				script("last", "a", "true", toEnd), // from when on the time is counted
			}, x)
			v := r.Verdicts[0]
			if r.OK() != (tt.seen == "") || !strings.Contains(v.Findings[0].Seen, tt.seen) {
				t.Fatalf("verdict is %+v, failure %+v, %s; want %q", v, r.Failure, r.Steps[0].Stderr, tt.seen)
			}
			if tt.seen != "" && !slices.ContainsFunc(v.Evidence, func(l string) bool { return strings.Contains(l, "192.0.2.1:") }) {
				t.Errorf("evidence is %q", v.Evidence)
			}
			frames := 0
			for _, e := range events {
				if e.Kind == lab.Seen {
					frames++
				}
			}
			if tt.filter == other && frames != 0 || tt.filter != other && (frames == 0 || frames > 100) {
				t.Errorf("%d frames were told", frames)
			}
		})
	}
}

// TestLinkRemoved: a program may remove an interface. What was on it before is counted, and in
// the file.
func TestLinkRemoved(t *testing.T) {
	topology := twoHosts()
	topology.Steps = []lab.Step{script("s", "a", sends(t, 2), toEnd), script("last", "a", "true", toEnd)}
	topology.Expect = []lab.Expectation{
		{Link: "b.eth0", Filter: "udp port 50001", Frames: ptr(2)},
		{Link: "b.eth0", Filter: "udp port 50002", Frames: ptr(0), Within: 200 * time.Millisecond},
		{Link: "b.eth0", Filter: "udp port 50003", Within: 200 * time.Millisecond},
	}
	l := start(t, topology)
	r, err := l.Run(context.Background(), lab.RunConfig{Captures: t.TempDir(), Events: func(e *lab.Event) {
		if e.Kind == lab.Exited && e.Step == "s" {
			remove(t, l.Host("b"), "eth0")
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []lab.Outcome{lab.Met, lab.Met, lab.NotMet} {
		if v := r.Verdicts[i]; v.Outcome != want {
			t.Errorf("expectation %d: %+v, want %s", i+1, v, want)
		}
	}
	if e := r.Verdicts[2].Evidence; !slices.Contains(e, "the capture ended early: the interface is gone") {
		t.Errorf("evidence is %q", e)
	}
}

// remove removes an interface of a host.
func remove(t *testing.T, n *lab.Node, name string) {
	t.Helper()
	err := n.Do(func() error {
		link, err := netlink.LinkByName(name)
		if err != nil {
			return err
		}
		return netlink.LinkDel(link)
	})
	if err != nil {
		t.Error(err)
	}
}

func TestUntil(t *testing.T) {
	// What the kernel says of the host decides, and not a second user who was there
	// before.
	r, _ := runLab(t, lab.RunConfig{}, []lab.Step{
		script("first", "a", programEnv+"=join "+executable(t)+" 224.1.1.5", lab.Condition{Joined: group}),
		script("second", "a", "echo early; "+programEnv+"=join "+executable(t)+" 224.1.1.5", lab.Condition{Joined: group}),
		script("look", "a", "grep -c 050101E0 /proc/net/igmp; grep 050101E0 /proc/net/igmp | tr -s ' ' | cut -d' ' -f2", toEnd),
		script("has", "a", "true", lab.Condition{Joined: group}),
	}, lab.Expectation{Step: "look", Stdout: ptr("1\n2\n")})
	if !r.OK() {
		t.Errorf("the run failed: %+v, %+v", r.Verdicts, r.Failure)
	}
}

// Who had joined before, and has left since, is not counted among those who are there.
func TestUntilAnother(t *testing.T) {
	join := "exec " + executable(t) + " 224.1.1.5"
	r, _ := runLab(t, lab.RunConfig{}, []lab.Step{
		script("first", "a", "echo $$ >/run/first; export "+programEnv+"=join; "+join, lab.Condition{Joined: group}),
		script("second", "a", "kill $(cat /run/first); while grep -q 050101E0 /proc/net/igmp; do sleep 0.01; done; sleep 0.3; export "+programEnv+"=join; "+join,
			lab.Condition{Joined: group}),
	})
	if !r.OK() {
		t.Errorf("the run failed: %+v", r.Failure)
	}
}

func TestStepFails(t *testing.T) {
	const soon, later = 300 * time.Millisecond, 3 * time.Second // when it has begun, and has done something
	join := programEnv + "=join " + executable(t) + " 224.1.1.5"
	tests := []struct {
		name          string
		step          lab.Step
		problem, hint string
	}{
		{"end", lab.Step{Run: []string{"sleep", "60"}, Timeout: soon}, "step s: sleep has not ended within 300ms", "until: started"},
		{"end of one that joins", lab.Step{Run: []string{"sh", "-c", join}, Timeout: later}, "has not ended", "until: {joined: 224.1.1.5}"},
		{"end of one that prints", lab.Step{Run: []string{"sh", "-c", "echo here I am; exec sleep 60"}, Timeout: later}, "has not ended", `until: {line: "here I am"}`},
		{"line", lab.Step{Run: []string{"sleep", "60"}, Until: lab.Condition{Line: "ready"}, Timeout: soon}, `has printed no line with "ready" within 300ms`, "nothing at all"},
		{"line of one that ends", script("", "", "echo steady; exit 1", lab.Condition{Line: "ready"}), `ended with status 1`, "printed"},
		{"group", lab.Step{Run: []string{"sh", "-c", join}, Until: lab.Condition{Joined: otherGroup}, Timeout: later}, "a has not joined 224.1.1.6", "it has joined 224.1.1.5"},
		{"group of one that ends", script("", "", "exit 5", lab.Condition{Joined: group}), "and not before a has joined 224.1.1.5", "printed"},
		{"no program", lab.Step{Run: []string{"no-such-program"}}, "run no-such-program on a: no such program on the PATH", "sh -c"},
		{"no file", lab.Step{Run: []string{"./no-such-program"}}, "run ./no-such-program on a: no such file", "is there"},
		{"no directory", lab.Step{Run: []string{"true"}, Dir: "/no/such/directory"}, "run true on a: begin in /no/such/directory: no such file", "of the host"},
		{"no directory but a file", lab.Step{Run: []string{"true"}, Dir: "/etc/passwd"}, "run true on a: begin in /etc/passwd: not a directory", "of the host"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.step.Name, tt.step.On = "s", "a"
			r, events := runLab(t, lab.RunConfig{}, []lab.Step{tt.step, script("next", "b", "true", toEnd)}, lab.Expectation{Step: "next", Exit: ptr(0)})
			f := r.Failure
			if r.OK() || f == nil || f.Step != "s" || !strings.Contains(f.Problem, tt.problem) || !strings.Contains(f.Advice, tt.hint) {
				t.Fatalf("failure is %+v; want %q and %q", f, tt.problem, tt.hint)
			}
			if strings.HasPrefix(tt.name, "no ") != (f.Err != nil) {
				t.Errorf("the machine refused: %v", f.Err)
			}
			if r.Verdicts[0].Outcome != lab.NotJudged || !r.Steps[1].Started.IsZero() {
				t.Errorf("the next step was run: %+v", r)
			}
			if last := events[len(events)-1]; last.Kind != lab.Summed {
				t.Errorf("the last event is %v", last.Kind)
			}
		})
	}
}

func TestRunTimeout(t *testing.T) {
	r, _ := runLab(t, lab.RunConfig{Timeout: time.Second}, []lab.Step{script("s", "a", "exec sleep 60", started)}, lab.Expectation{Step: "s", Exit: ptr(0)})
	if r.OK() || r.Failure == nil || !strings.Contains(r.Failure.Problem, "longer than 1s; it still waited for expectation 1") {
		t.Errorf("the run came to %+v", r.Failure)
	}
}

func TestRunInterrupted(t *testing.T) {
	topology := twoHosts()
	topology.Steps = []lab.Step{script("s", "a", "trap 'echo bye; exit 7' TERM; echo hi; while :; do sleep 0.01; done", toEnd)}
	l := start(t, topology)
	ctx, cancel := context.WithCancelCause(context.Background())
	why := errors.New("enough")
	r, err := l.Run(ctx, lab.RunConfig{Events: func(e *lab.Event) {
		if e.Kind == lab.Printed {
			cancel(why)
		}
	}})
	if !errors.Is(err, why) || r == nil || r.OK() {
		t.Fatalf("Run returned %+v, %v", r, err)
	}
	if s := r.Steps[0]; string(s.Stdout) != "hi\nbye\n" || s.Ending == nil || s.Ending.Status != 7 || !s.Ending.Stopped {
		t.Errorf("the step is %+v", s)
	}
}

// A failed run that is kept stands until the context is done.
func TestRunKeeps(t *testing.T) {
	topology := twoHosts()
	topology.Steps = []lab.Step{script("s", "a", "exec sleep 60", started)}
	topology.Expect = []lab.Expectation{{Step: "s", Exit: ptr(0), Within: time.Millisecond}}
	l := start(t, topology)
	ctx, cancel := context.WithCancel(context.Background())
	r, err := l.Run(ctx, lab.RunConfig{Keep: true, Events: func(e *lab.Event) {
		if e.Kind != lab.Summed {
			return
		}
		if e.Result.Steps[0].Ending != nil {
			t.Error("the program has ended")
		}
		cancel()
	}})
	if !errors.Is(err, context.Canceled) || r.OK() {
		t.Errorf("Run returned %+v, %v", r, err)
	}
}

// Programs that are offered come first; what the run leaves behind is ended with it.
func TestRunPrograms(t *testing.T) {
	r, _ := runLab(t, lab.RunConfig{Programs: map[string]string{"own": "/bin/sh", "grep": "/bin/false"}}, []lab.Step{
		{Name: "own", On: "a", Run: []string{"own", "-c", `own -c 'echo inner; case $PATH in *:/usr/sbin*) echo sbin;; esac'`}},
		{Name: "grep", On: "b", Run: []string{"sh", "-c", "grep x; sleep 60 & echo left"}},
		{Name: "own-again", On: "a", Run: []string{"own", "-c", "exit 0"}},
	},
		lab.Expectation{Step: "own", Stdout: ptr("inner\nsbin\n")},
		lab.Expectation{Step: "grep", Line: "left", Exit: ptr(0)},
	)
	if !r.OK() {
		t.Errorf("the run failed: %+v, %+v", r.Verdicts, r.Failure)
	}
}

// A second run of a lab may offer other programs by the same names.
func TestRunProgramsAnew(t *testing.T) {
	topology := twoHosts()
	topology.Steps = []lab.Step{{Name: "own", On: "a", Run: []string{"own", "-c", "exit 7"}}}
	l := start(t, topology)
	for _, tt := range []struct {
		file string
		exit int
	}{{"/bin/sh", 7}, {"/bin/true", 0}, {"/bin/true", 0}} {
		r, err := l.Run(t.Context(), lab.RunConfig{Programs: map[string]string{"own": tt.file}})
		if err != nil {
			t.Fatal(err)
		}
		if end := r.Steps[0].Ending; end == nil || end.Status != tt.exit {
			t.Errorf("%s ended with %v, want %d", tt.file, end, tt.exit)
		}
	}
}

func TestRunCaptures(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "here")
	r, _ := runLab(t, lab.RunConfig{Captures: dir}, []lab.Step{script("s", "a", sends(t, 3), toEnd)})
	if !r.OK() {
		t.Fatalf("the run failed: %+v", r.Failure)
	}
	for link, direction := range map[string]capture.Direction{"a.eth0": capture.DirectionOut, "b.eth0": capture.DirectionIn} {
		file, err := os.Open(filepath.Join(dir, link+".pcapng"))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		frames, err := capture.NewReader(file)
		if err != nil {
			t.Fatal(err)
		}
		datagrams := 0
		for {
			f, err := frames.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if f.Interface.Name != link {
				t.Errorf("a frame is of %s, want %s", f.Interface.Name, link)
			}
			if strings.Contains(string(f.Data), "datagram") {
				datagrams++
				if f.Direction != direction {
					t.Errorf("on %s, a frame went %v, want %v", link, f.Direction, direction)
				}
			}
		}
		if datagrams != 3 {
			t.Errorf("%s has %d datagrams, want 3", link, datagrams)
		}
	}
}
