package observe_test

import (
	"net/netip"
	"strings"
	"testing"

	"mcast/internal/observe"
)

// What is said follows from what was seen.
func TestReception(t *testing.T) {
	const joined, arrives = 1, 2
	tests := []struct {
		route    string
		one, two int // of the interfaces
		got      bool
		want     observe.Explanation
		words    string
	}{
		{"one", joined, arrives, false, observe.JoinedOther, "h is in 224.1.1.5 on one, and what is sent to 224.1.1.5 arrives by two."},
		{"one", joined, arrives, false, observe.JoinedOther, "(INADDR_ANY, 0.0.0.0) joins on that one"},
		{"one", joined, arrives, false, observe.JoinedOther, "have it join on all interfaces, or have a route for 224.0.0.0/4 by two."},
		{"one", arrives, joined, false, observe.JoinedOther, "The membership report left by two"},
		{"one", 0, arrives, false, observe.JoinedNowhere, "h has joined the group on no interface"},
		{"", joined, 0, false, observe.ArrivesNowhere, "Nothing that is sent to 224.1.1.5 port 50001 arrives at h"},
		{"one", joined, joined | arrives, false, observe.Unexplained, "That is not why"},
		{"two", 0, joined | arrives, true, observe.Received, "That is also the interface of the kernel's route"},
		{"one", joined, joined | arrives, true, observe.Received, "is still by one"},
		{"one", joined, 0, true, observe.Unexplained, "was seen by no interface"},
	}
	for _, tt := range tests {
		r := observe.Reception{Host: "h", Group: netip.MustParseAddrPort("224.1.1.5:50001"), Route: tt.route}
		for name, is := range map[string]int{"one": tt.one, "two": tt.two} {
			i := observe.Interface{Name: name, Joined: is&joined != 0}
			if i.Joined {
				i.Reports = []string{"joins"}
			}
			if is&arrives != 0 {
				i.Datagrams = []string{"datagram"}
			}
			r.Interfaces = append(r.Interfaces, i)
		}
		words := strings.Join(r.Words(tt.got), " ")
		if e := r.Explain(tt.got); e != tt.want || !strings.Contains(words, tt.words) {
			t.Errorf("%+v: %s, %q", tt, e, words)
		}
		// Only where the route is what chose the interface is it said to be.
		if strings.Contains(words, "INADDR_ANY") != (tt.want == observe.JoinedOther && tt.one&joined != 0) {
			t.Errorf("%+v: %q", tt, words)
		}
	}
}
