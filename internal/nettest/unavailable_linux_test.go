package nettest

import (
	"errors"
	"testing"
)

type hinted struct{ error }

func (hinted) Hint() string { return "ask for them" }

func TestNewHostWithoutNamespaces(t *testing.T) {
	saved := unavailable
	t.Cleanup(func() { unavailable = saved })
	unavailable = hinted{errors.New("no namespaces")}
	t.Setenv("MCAST_TEST_NO_SKIP", "")
	got := record(func(t testing.TB) { NewHost(t, "h") })
	if want := "skip: no namespaces; ask for them"; got != want {
		t.Errorf("the test ended with %q, want %q", got, want)
	}
}

func TestFatalMessages(t *testing.T) {
	h := NewHost(t, "alpha")
	for name, tt := range map[string]struct {
		use  func()
		want string
	}{
		"no interface": {func() { h.Up("eth7") }, "fatal: host alpha: find eth7: Link not found"},
		"no address":   {func() { h.AddAddr("lo", "192.0.2.1") }, "fatal: host alpha: parse an address: invalid CIDR address: 192.0.2.1"},
		"no setting":   {func() { h.ReadSysctl("net/none") }, "fatal: host alpha: read net/none: open /proc/sys/net/none: no such file or directory"},
		"in Do":        {func() { h.Do(func() { h.t.Fatal("in Do") }) }, "fatal: in Do"},
	} {
		t.Run(name, func(t *testing.T) {
			saved := h.t
			defer func() { h.t = saved }()
			got := record(func(t testing.TB) {
				h.t = t
				tt.use()
				t.Fatal("went on")
			})
			if got != tt.want {
				t.Errorf("the test ended with %q, want %q", got, tt.want)
			}
		})
	}
}
