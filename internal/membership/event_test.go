package membership

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

func one(sockets ...Socket) *Report {
	return &Report{Memberships: []Membership{{Interface: "eth0", Index: 2, Group: group, Users: max(1, len(sockets)), Sockets: sockets}}}
}

func none() *Report { return &Report{} }

// told are events as short texts: "join 7 announced" for socket 7.
func told(events []Event) string {
	var list []string
	for _, e := range events {
		who := "?"
		if e.Socket != nil {
			who = fmt.Sprint(e.Socket.Inode)
		} else if e.Kernel {
			who = "kernel"
		}
		list = append(list, fmt.Sprintf("%s %s %s", e.Kind, who, e.Seen))
	}
	return strings.Join(list, ", ")
}

func TestUpdate(t *testing.T) {
	at := place{2, group}
	in, out := announcement{join: true, at: at}, announcement{at: at}
	s7, s8 := Socket{Inode: 7, Filter: Filter{Mode: Exclude}}, Socket{Inode: 8, Filter: Filter{Mode: Exclude}}
	s7only := Socket{Inode: 7, Filter: Filter{Include, []netip.Addr{source}}}
	kernel := one()
	kernel.Memberships[0].Kernel = 1
	hidden := one(s7)
	hidden.Memberships[0].Users, hidden.Memberships[0].Unknown = 2, 1
	tests := []struct {
		name      string
		before    *Report
		news      []announcement
		after     *Report
		want      string
		meanwhile []announcement
	}{
		{"nothing", one(s7), nil, one(s7), "", nil},
		{"announced", none(), []announcement{in}, one(s7), "join 7 announced", nil},
		{"announced, the kernel", none(), []announcement{in}, kernel, "join kernel announced", nil},
		{"announced, and the end", one(s7), []announcement{out}, none(), "leave 7 announced", nil},
		{"the report was first", one(s7), []announcement{in}, one(s7), "", nil},
		{"the report is ahead", none(), nil, one(s7), "join 7 rescan", nil},
		{"came and went", none(), []announcement{in, out}, none(), "join ? announced, leave ? announced", nil},
		{"went and came", one(s7), []announcement{out, in}, one(s8), "leave 7 announced, join 8 announced", nil},
		{"went and came, and the first was seen", none(), []announcement{out, in}, one(s8), "join 8 announced", nil},
		{"came and has gone since", none(), []announcement{in}, none(), "join ? announced, leave ? rescan", nil},
		{"an announcement was lost", none(), []announcement{in, in}, one(s7), "join ? announced", nil},
		{"a second socket", one(s7), nil, one(s7, s8), "join 8 rescan", nil},
		{"the first of two goes", one(s7, s8), nil, one(s8), "leave 7 rescan", nil},
		{"one socket for another", one(s7), nil, one(s8), "leave 7 rescan, join 8 rescan", nil},
		{"not seen any more", one(s7), nil, kernel, "", nil},
		{"not seen before", kernel, nil, one(s7), "", nil},
		{"other sources", one(s7), nil, one(s7only), "change 7 rescan", nil},
		{"somebody", one(s7), nil, hidden, "join ? rescan", nil},
		{"somebody no more", hidden, nil, one(s7), "leave ? rescan", nil},
		{"somebody and one", none(), []announcement{in}, hidden, "join 7 announced, join ? announced", nil},
		{"another process has it too", one(s7), nil, one(s7, s7), "", nil},
		{"announced meanwhile", none(), nil, one(s7), "join 7 announced", []announcement{in}},
		{"announced meanwhile, and the end", one(s7), nil, none(), "leave 7 announced", []announcement{out, in}},
		{"announced meanwhile and seen before", one(s7), []announcement{in}, none(), "leave 7 announced", []announcement{out}},
	}
	for _, tt := range tests {
		tracker := newTracker(tt.before)
		if got := told(tracker.update(tt.news, tt.meanwhile, tt.after, time.Now())); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// A socket whose process is ending is told to leave when it has.
func TestUpdateKeeps(t *testing.T) {
	s7, s8 := Socket{Inode: 7}, Socket{Inode: 8}
	tracker := newTracker(one(s7, s8))
	unseen := one(s8)
	unseen.Memberships[0].Users, unseen.Memberships[0].Unknown = 2, 1
	for i, step := range []struct {
		r    *Report
		want string
	}{{unseen, ""}, {one(s8), "leave 7 rescan"}, {none(), "leave 8 rescan"}} {
		if got := told(tracker.update(nil, nil, step.r, time.Now())); got != step.want {
			t.Errorf("step %d: %s, want %s", i, got, step.want)
		}
	}
}

// What an event says beside who.
func TestUpdateTells(t *testing.T) {
	before := &Report{Memberships: []Membership{{Interface: "eth0", Index: 2, Group: ssm, Users: 1, Kernel: 1, Version: Version{IGMP, 2, VersionTold}}}}
	when := time.Unix(17, 0)
	tracker := newTracker(before)
	got := tracker.update([]announcement{{time: when, join: true, at: place{2, group}}, {at: place{2, group}}}, nil, before, time.Now())
	if len(got) != 2 || got[0].Interface != "eth0" || got[0].Version.String() != "IGMPv2" || !got[0].Time.Equal(when) || got[0].Group != group || got[0].Kernel {
		t.Errorf("%+v", got)
	}
}

// Whatever happens, before and while a report is made, each join and each leave
// is told once, in order.
func TestUpdateTellsEachOnce(t *testing.T) {
	const places = 3
	at := func(i int) place { return place{2, netip.AddrFrom4([4]byte{239, 1, 1, byte(i)})} }
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 3))
		var (
			now         [places]bool
			queue       []announcement
			truth, told [places][]EventKind
			tracker     = newTracker(none())
		)
		happen := func(n int) {
			for range n {
				i := r.IntN(places)
				now[i] = !now[i]
				kind := Leave
				if now[i] {
					kind = Join
				}
				truth[i] = append(truth[i], kind)
				queue = append(queue, announcement{join: now[i], at: at(i)})
			}
		}
		for round := range 20 {
			if round < 19 {
				happen(r.IntN(6))
			}
			news := queue
			queue = nil
			if round < 19 {
				happen(r.IntN(6))
			}
			report := &Report{}
			for i, there := range now {
				if there {
					report.Memberships = append(report.Memberships, Membership{Index: 2, Group: at(i).group, Users: 1, Unknown: 1})
				}
			}
			for _, e := range tracker.update(news, queue, report, time.Now()) {
				b := e.Group.As4()
				i := b[3]
				told[i] = append(told[i], e.Kind)
			}
		}
		for i := range truth {
			if !slices.Equal(truth[i], told[i]) {
				t.Fatalf("seed %d: %v happened, and %v was told", seed, truth[i], told[i])
			}
		}
	}
}

// Where announcements are lost, what is told alternates and ends with what is so.
func TestUpdateMends(t *testing.T) {
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 4))
		at := place{2, group}
		there, told := false, false
		tracker := newTracker(none())
		var news []announcement
		update := func() {
			rep := none()
			if there {
				rep.Memberships = append(rep.Memberships, Membership{Index: 2, Group: group, Users: 1, Unknown: 1})
			}
			for _, e := range tracker.update(news, nil, rep, time.Now()) {
				if (e.Kind == Join) == told {
					t.Fatalf("seed %d: %s was told twice", seed, e.Kind)
				}
				told = e.Kind == Join
			}
			news = nil
			if told != there {
				t.Fatalf("seed %d: told %v, and it is %v", seed, told, there)
			}
		}
		for range 40 {
			if r.IntN(3) == 0 {
				update()
				continue
			}
			there = !there
			if r.IntN(3) > 0 { // else lost
				news = append(news, announcement{join: there, at: at})
			}
		}
		update()
	}
}
