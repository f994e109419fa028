package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"mcast/lab/internal/form"
)

// defaultSysctls sets what is different on a host of a lab, unless the topology says
// something else.
func (n *Node) defaultSysctls() error {
	settings := []sysctl{
		// Duplicate address detection keeps an address unusable for one or two
		// seconds. It has to be off before the interface is up, here and in
		// "default"; IFA_F_NODAD at the address does not help the link-local one,
		// which the kernel makes (Linux 6.18).
		{"net/ipv6/conf/all/accept_dad", "0"},
		{"net/ipv6/conf/default/accept_dad", "0"},
		// Router solicitations would turn up in captures at any time, and
		// no router answers them.
		{"net/ipv6/conf/default/router_solicitations", "0"},
	}
	if n.host.Router != nil {
		// "all" sets "default" as well, and what it does to an interface it
		// does best before there is one.
		settings = append(settings, sysctl{"net/ipv4/ip_forward", "1"}, sysctl{"net/ipv6/conf/all/forwarding", "1"})
	}
	if n.host.Router != nil && n.host.Router.Proxy != nil {
		// A proxy joins what many hosts want together, and the kernel grants 10 sources of a
		// group. (Of IPv6 it grants 64, and the setting is the machine's.)
		settings = append(settings, sysctl{"net/ipv4/igmp_max_msf", "1000"})
	}
	for _, s := range settings {
		err := writeSysctl(s.path, s.value)
		if err != nil && !isNotThere(err) { // a kernel without IPv6, or booted with ipv6.disable=1
			return err
		}
	}
	return nil
}

// sysctl is a setting: its path below /proc/sys, and its value.
type sysctl struct{ path, value string }

// sysctls returns the topology's settings of the host itself, and those of its interfaces,
// which are there only when the interfaces are. All of a kind are in the order of their names,
// and so "all" comes before "default".
func (n *Node) sysctls() (own, ofInterfaces []sysctl) {
	for name, value := range n.host.Sysctls {
		s := sysctl{sysctlPath(name), value}
		parts := strings.Split(s.path, "/")
		if slices.ContainsFunc(n.host.Interfaces, func(i Interface) bool { return slices.Contains(parts, i.Name) }) {
			ofInterfaces = append(ofInterfaces, s)
		} else {
			own = append(own, s)
		}
	}
	byPath := func(a, b sysctl) int { return strings.Compare(a.path, b.path) }
	slices.SortFunc(own, byPath)
	slices.SortFunc(ofInterfaces, byPath)
	return own, ofInterfaces
}

// sysctlPath returns the path of a setting below /proc/sys. No interface of a lab has a
// dot in its name, so that every dot is between two parts.
func sysctlPath(name string) string { return strings.ReplaceAll(name, ".", "/") }

func writeSysctls(settings []sysctl) error {
	for _, s := range settings {
		if err := writeSysctl(s.path, s.value); err != nil {
			return err
		}
	}
	return nil
}

// writeSysctl writes a setting of the host of the calling thread.
func writeSysctl(path, value string) error {
	err := os.WriteFile("/proc/sys/"+path, []byte(value), 0)
	var failed *fs.PathError
	if errors.As(err, &failed) {
		err = failed.Err
	}
	if err != nil {
		return &sysctlError{sysctlName(path), value, err, meantSetting(path)}
	}
	return nil
}

func sysctlName(path string) string { return strings.ReplaceAll(path, "/", ".") }

// sysctlError says that the kernel refuses a setting.
type sysctlError struct {
	name, value string
	err         error
	meant       string // the name that was probably meant, if there is none such; may be empty
}

func (e *sysctlError) Error() string {
	why := e.err.Error()
	if isNotThere(e.err) {
		why = "no such setting"
	}
	return fmt.Sprintf("set %s to %s: %s", e.name, e.value, why)
}

func (e *sysctlError) Unwrap() error { return e.err }

// Hint returns what to do about it, or "".
func (e *sysctlError) Hint() string {
	switch {
	case e.meant != "":
		return "did you mean " + e.meant + "?"
	case isNotThere(e.err):
		return "sysctl -a lists those of the machine; not all of them are a host's too"
	case errors.Is(e.err, fs.ErrPermission):
		return "it is the machine's, and no host can change it"
	}
	return ""
}

// meantSetting returns the name of a setting there is, next to a path that there is not; "" if
// none is like it, or the path is there.
func meantSetting(path string) string {
	parts := strings.Split(path, "/")
	wrong := false
	for i := range parts {
		entries, err := os.ReadDir("/proc/sys/" + strings.Join(parts[:i], "/"))
		if err != nil {
			return ""
		}
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		if slices.Contains(names, parts[i]) {
			continue
		}
		wrong = true
		if parts[i] = form.Nearest(parts[i], names); parts[i] == "" {
			return ""
		}
	}
	if !wrong {
		return ""
	}
	return sysctlName(strings.Join(parts, "/"))
}

func isNotThere(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// readSysctl reads a setting of the host of the calling thread; "" if there is none.
func readSysctl(path string) string {
	text, err := os.ReadFile("/proc/sys/" + path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
