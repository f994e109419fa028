package lab_test

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"mcast"
	"mcast/lab"
)

// joining is a step on b that joins a group and stays in it.
func joining(t *testing.T, group netip.Addr) lab.Step {
	return script("r", "b", programEnv+"=join exec "+executable(t)+" "+group.String(), lab.Condition{Joined: group})
}

// slowReports is a network whose host b is heard only after a while.
//
//	a ── eth0 ── lan ── eth0 ── b (late, or never)
func slowReports(segment lab.Segment, from lab.Impairment) *lab.Topology {
	topology := star(2, segment)
	topology.Hosts[1].Interfaces[0].ImpairFrom = &from
	return topology
}

func runTopology(t *testing.T, topology *lab.Topology) *lab.Result {
	t.Helper()
	r, err := start(t, topology).Run(context.Background(), lab.RunConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A single datagram that the next step sends arrives, however late the switch
// hears of the membership.
func TestJoinedAtTheSwitch(t *testing.T) {
	asking := &lab.Querier{IGMP: 3, MLD: 2, Interval: 5 * time.Second, ResponseInterval: time.Second}
	for name, tt := range map[string]struct {
		segment lab.Segment
		step    func(s *lab.Step)
	}{
		"querier":  {lab.Segment{Kind: lab.Switch, Snooping: true, Querier: asking}, nil},
		"no flood": {lab.Segment{Kind: lab.Switch, Snooping: true, NoFlood: true}, nil},
		"a program that has left": {lab.Segment{Kind: lab.Switch, Snooping: true, Querier: asking}, func(s *lab.Step) {
			s.Run[2] = strings.Replace(s.Run[2], "exec", "setsid", 1) + " & until grep -q 050101E0 /proc/net/igmp; do sleep 0.01; done"
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			topology := slowReports(tt.segment, lab.Impairment{Delay: 400 * time.Millisecond})
			join := joining(t, group)
			if tt.step != nil {
				tt.step(&join)
			}
			topology.Steps = []lab.Step{join, script("s", "a", sends(t, 1), toEnd)}
			topology.Expect = []lab.Expectation{{Link: "b.eth0", Filter: "udp port 50001", Frames: ptr(1), Within: 5 * time.Second}}
			if r := runTopology(t, topology); !r.OK() {
				t.Errorf("the run failed: %+v, %+v", r.Verdicts, r.Failure)
			}
		})
	}
}

// A program that joins on all interfaces begins with lo: that is not yet what is waited for.
func TestJoinedBeyondLoopback(t *testing.T) {
	topology := star(2, lab.Segment{Kind: lab.Switch, Snooping: true, Querier: &lab.Querier{IGMP: 3, MLD: 2}})
	join := script("r", "b", programEnv+"=joinlate exec "+executable(t)+" "+group.String(), lab.Condition{Joined: group})
	topology.Steps = []lab.Step{join, script("s", "a", sends(t, 1), toEnd)}
	topology.Expect = []lab.Expectation{{Step: "r", Exit: ptr(0), Within: 5 * time.Second}}
	if r := runTopology(t, topology); !r.OK() {
		t.Errorf("the run failed: %+v, %+v", r.Verdicts, r.Failure)
	}
}

// What never reaches the switch is told, and what no switch accounts for is not
// waited for.
func TestJoinedUnheard(t *testing.T) {
	asking := &lab.Querier{Interval: 5 * time.Second, ResponseInterval: time.Second}
	const unheard = "step r: b has joined 224.1.1.5, and the switch lan does not know it yet after 2s"
	for name, tt := range map[string]struct {
		segment lab.Segment
		group   string
		problem string
	}{
		"switch":              {lab.Segment{Kind: lab.Switch, Snooping: true, Querier: asking}, "224.1.1.5", unheard},
		"IPv6":                {lab.Segment{Kind: lab.Switch, Snooping: true, Querier: asking}, "ff15::5", strings.Replace(unheard, "224.1.1.5", "ff15::5", 1)},
		"of the link, IPv6":   {lab.Segment{Kind: lab.Switch, Snooping: true, Querier: asking}, "ff02::fb", strings.Replace(unheard, "224.1.1.5", "ff02::fb", 1)},
		"of the link":         {lab.Segment{Kind: lab.Switch, Snooping: true, Querier: asking}, "224.0.0.251", ""},
		"nobody asks":         {lab.Segment{Kind: lab.Switch, Snooping: true}, "224.1.1.5", ""},
		"nobody asks by MLD":  {lab.Segment{Kind: lab.Switch, Snooping: true}, "ff15::5", ""},
		"switch that doesn't": {lab.Segment{Kind: lab.Switch}, "224.1.1.5", ""},
		"hub":                 {lab.Segment{Kind: lab.Hub}, "224.1.1.5", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			topology := slowReports(tt.segment, lab.Impairment{Loss: 1})
			join := joining(t, netip.MustParseAddr(tt.group))
			if tt.problem != "" {
				join.Timeout = 2 * time.Second
			}
			topology.Steps = []lab.Step{join}
			r := runTopology(t, topology)
			if tt.problem == "" {
				if !r.OK() {
					t.Errorf("the run failed: %+v", r.Failure)
				}
				return
			}
			if r.Failure == nil || r.Failure.Problem != tt.problem || !strings.Contains(r.Failure.Advice, "no report of b.eth0") {
				t.Errorf("the failure is %+v, want %s", r.Failure, tt.problem)
			}
		})
	}
}

// Every switch that snoops hears of these, or they are not waited for.
func TestJoinedHeard(t *testing.T) {
	for name, q := range map[string]*lab.Querier{"new": {IGMP: 3, MLD: 2}, "old": {IGMP: 2, MLD: 1}, "nobody": nil} {
		for _, g := range []string{"224.1.1.5", "232.1.1.1", "224.0.0.251", "224.0.0.1", "ff15::5", "ff02::fb", "ff02::1", "ff01::5"} {
			t.Run(name+" "+g, func(t *testing.T) {
				t.Parallel()
				topology := star(2, lab.Segment{Kind: lab.Switch, Snooping: true, Querier: q, NoFlood: q == nil})
				topology.Steps = []lab.Step{joining(t, netip.MustParseAddr(g))}
				if r := runTopology(t, topology); !r.OK() {
					t.Errorf("the run failed: %+v", r.Failure)
				}
			})
		}
	}
}

// One datagram arrives that is sent when the wait is over, however late the switch hears of the
// membership. What keeps it from that is told.
func TestWaitJoined(t *testing.T) {
	asking := lab.Segment{Kind: lab.Switch, Snooping: true, Querier: &lab.Querier{IGMP: 3, MLD: 2}}
	l := start(t, slowReports(asking, lab.Impairment{Delay: 300 * time.Millisecond}))
	receiver, sender := openReceiver(t, l.Host("b")), openSender(t, l.Host("a"), mcast.OffloadAuto)
	joined := testGroup(t)[0].Addr
	if err := l.Host("b").WaitJoined(t.Context(), joined); err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(t.Context(), []byte("one")); err != nil {
		t.Fatal(err)
	}
	if err := receiveAll(t.Context(), receiver, 1); err != nil {
		t.Error(err)
	}

	over, cancel := context.WithCancel(t.Context())
	cancel()
	deaf := start(t, slowReports(asking, lab.Impairment{Loss: 1}))
	openReceiver(t, deaf.Host("b"))
	for want, err := range map[string]error{
		"host b: wait until 224.1.1.5 is joined: context canceled: nobody has joined it":                         deaf.Host("b").WaitJoined(over, group),
		"host b: wait until 239.1.1.1 is joined: context canceled: the switch lan does not know that b.eth0 has": deaf.Host("b").WaitJoined(soon(t), joined),
		"host b: wait until 192.0.2.1 is joined: it is not a group":                                              deaf.Host("b").WaitJoined(t.Context(), netip.MustParseAddr("192.0.2.1")),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Host("b").WaitJoined(t.Context(), joined); !errors.Is(err, os.ErrClosed) {
		t.Errorf("in a lab that is closed: %v", err)
	}
}

// soon is a context that ends when it has been looked a few times what is joined.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, cancel)
	return ctx
}
