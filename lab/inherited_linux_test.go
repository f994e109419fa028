package lab

import (
	"cmp"
	"slices"
	"testing"

	"mcast/internal/netns"
	"mcast/internal/nettest"
)

// What a namespace has from the machine is known, and can be undone in the order in
// which it is told.
func TestInherited(t *testing.T) {
	if !netns.Isolated() {
		nettest.Skip(t, "not isolated")
	}
	of := func(text string) []sysctl {
		return []sysctl{
			{"net/ipv4/ip_forward", text}, {"net/ipv4/conf/all/rp_filter", text}, {"net/ipv4/conf/default/rp_filter", text},
			{"net/ipv4/conf/all/force_igmp_version", text}, {"net/ipv4/conf/default/arp_ignore", text},
			{"net/ipv6/conf/all/disable_ipv6", text}, {"net/ipv6/conf/default/disable_ipv6", text},
			{"net/ipv6/conf/all/forwarding", text}, {"net/ipv6/conf/default/force_mld_version", text},
		}
	}
	m, err := netns.NewMachine(func(*netns.Machine) error {
		if err := writeSysctls(inherited()); err != nil { // this machine's own
			return err
		}
		if err := writeSysctls(of("1")); err != nil {
			return err
		}
		// Two follow from others: forwarding has redirects refused.
		found := inherited()
		for _, path := range []string{
			"net/ipv4/conf/all/forwarding", "net/ipv4/conf/default/forwarding", "net/ipv4/conf/all/accept_redirects",
			"net/ipv4/conf/all/rp_filter", "net/ipv4/conf/default/rp_filter", "net/ipv6/conf/default/disable_ipv6",
		} {
			if !slices.ContainsFunc(found, func(s sysctl) bool { return s.path == path }) {
				t.Errorf("%s is not found in %v", path, found)
			}
		}
		if err := writeSysctls(found); err != nil {
			return err
		}
		for _, s := range of("0") {
			if now := readSysctl(s.path); now != s.value {
				t.Errorf("%s is %s", s.path, now)
			}
		}
		if left := inherited(); left != nil {
			t.Errorf("not undone: %v", left)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = m.Close()
}

// Hosts have the kernel's own settings, whatever the machine's are.
func TestKernelSettings(t *testing.T) {
	if !netns.Isolated() {
		nettest.Skip(t, "not isolated")
	}
	l, err := Start(t.Context(), &Topology{Name: "one", Hosts: []Host{{Name: "a", Sysctls: map[string]string{"net.ipv4.conf.all.rp_filter": "2"}}}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	err = l.Host("a").Do(func() error {
		for _, k := range kernelSettings {
			for conf, want := range map[string]string{"all": k.all, "default": cmp.Or(k.normal, k.all)} {
				if k.name == "rp_filter" && conf == "all" {
					want = "2"
				}
				path := "net/" + k.family + "/conf/" + conf + "/" + k.name
				if now := readSysctl(path); now != "" && now != want {
					t.Errorf("%s is %s, want %s", path, now, want)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func BenchmarkInherited(b *testing.B) {
	for b.Loop() {
		inherited()
	}
}
