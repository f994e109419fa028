package membership

import "testing"

func TestStatHasFiles(t *testing.T) {
	for stat, want := range map[string]bool{
		"17 (a) S 1 17 17 0 -1 4194304 1 2 3":       true,
		"17 (a) Z) Z 1) S 1 17 17 0 -1 4194304 1 2": true,
		"17 (a) Z 1 17 17 0 -1 4194304 1 2":         false, // waits for its parent
		"2 (kthreadd) S 0 0 0 0 -1 2129984 0 0":     false, // the kernel's
		"17 (a":                                     true,  // not as expected: it may have
		"":                                          true,
	} {
		if got := statHasFiles([]byte(stat)); got != want {
			t.Errorf("%q: %v", stat, got)
		}
	}
}

func TestHidesByMount(t *testing.T) {
	for mount, want := range map[string]bool{
		"23 29 0:22 / /proc rw - proc proc rw\n":                                                 false,
		"23 29 0:22 / /proc rw - proc proc rw,hidepid=invisible\n":                               true,
		"23 29 0:22 / /proc rw shared:1 - proc proc rw,gid=4,hidepid=2\n":                        true,
		"23 29 0:22 / /proc rw - proc proc rw,hidepid=ptraceable,gid=4\n":                        true,
		"23 29 0:22 / /proc rw - proc proc rw,hidepid=noaccess\n":                                false,
		"23 29 0:22 / /proc rw - proc proc rw,hidepid=0\n":                                       false,
		"23 29 0:22 / /mnt rw - proc proc rw,hidepid=2\n":                                        false,
		"23 29 0:22 / /proc rw - proc proc rw,hidepid=2\n24 23 0:23 / /proc rw - proc proc rw\n": false,
		"23 29 0:22 / /proc\n": false,
		"":                     false,
	} {
		if got := hidesByMount([]byte(mount)); got != want {
			t.Errorf("%q: %v", mount, got)
		}
	}
}

func FuzzProcess(f *testing.F) {
	f.Add([]byte("17 (a) Z) S 1 17 17 0 -1 4194304 1 2"))
	f.Add([]byte("23 29 0:22 / /proc rw - proc proc rw,hidepid=2\n"))
	f.Fuzz(func(_ *testing.T, b []byte) {
		_ = statHasFiles(b)
		_ = hidesByMount(b)
	})
}

// Counters tell a version if all reports were of one, or all of late.
func TestSentReports(t *testing.T) {
	var s sentReports
	for i, step := range []struct {
		now  reports
		want int
	}{
		{reports{0, 0}, 0}, {reports{0, 2}, 2}, {reports{0, 2}, 2}, {reports{1, 3}, 0},
		{reports{2, 3}, 1}, {reports{2, 3}, 1}, {reports{2, 4}, 2},
		{reports{1, 0}, 1}, // the interface was made again
		{reports{0, 0}, 0},
	} {
		if s = s.after(step.now); s.version != step.want {
			t.Errorf("step %d: %d, want %d", i, s.version, step.want)
		}
	}
}
