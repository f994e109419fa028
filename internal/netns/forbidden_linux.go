package netns

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// ForbiddenError reports that the system does not let this process make
// namespaces.
type ForbiddenError struct {
	// Setting is the kernel setting that forbids it, as sysctl(8) writes it:
	// "user.max_user_namespaces=0". It is empty if none was found to.
	Setting string
	// Err is what the kernel answered.
	Err error

	hint string
}

// Error says what failed and which setting forbids it.
func (e *ForbiddenError) Error() string {
	if e.Setting == "" {
		return e.Err.Error()
	}
	return fmt.Sprintf("%v (forbidden by %s)", e.Err, e.Setting)
}

// Unwrap returns Err.
func (e *ForbiddenError) Unwrap() error { return e.Err }

// Hint says what to do about it.
func (e *ForbiddenError) Hint() string { return e.hint }

// settings are the kernel settings that forbid namespaces, each with the error
// that it causes, the value at which it does, and the way round it. Those with
// user set forbid user namespaces only.
var settings = []struct {
	name  string
	value string
	errno syscall.Errno
	user  bool
	hint  string
}{
	{"user.max_user_namespaces", "0", syscall.ENOSPC, true, "run as root, or: sysctl -w user.max_user_namespaces=10000"},
	{"user.max_net_namespaces", "0", syscall.ENOSPC, false, "sysctl -w user.max_net_namespaces=10000"},
	{"user.max_mnt_namespaces", "0", syscall.ENOSPC, false, "sysctl -w user.max_mnt_namespaces=10000"},
	{"user.max_pid_namespaces", "0", syscall.ENOSPC, false, "sysctl -w user.max_pid_namespaces=10000"},
	{"user.max_uts_namespaces", "0", syscall.ENOSPC, false, "sysctl -w user.max_uts_namespaces=10000"},
	{"user.max_ipc_namespaces", "0", syscall.ENOSPC, false, "sysctl -w user.max_ipc_namespaces=10000"},
	// Debian's and Arch's kernels have this one.
	{"kernel.unprivileged_userns_clone", "0", syscall.EPERM, true, "run as root, or: sysctl -w kernel.unprivileged_userns_clone=1"},
	// Ubuntu's since 23.10: a user namespace can be made, but without any
	// capability there, so the network namespace is refused.
	{"kernel.apparmor_restrict_unprivileged_userns", "1", syscall.EPERM, true, "run as root, give the program an AppArmor profile that allows userns, or: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"},
}

// explain turns the error of a process that could not be started in new
// namespaces into a ForbiddenError if the system forbids them. user says that a
// user namespace was among them.
func explain(err error, user bool) error {
	return explainBy(err, user, func(setting string) string {
		text, err := os.ReadFile("/proc/sys/" + strings.ReplaceAll(setting, ".", "/"))
		if err != nil {
			return "" // most kernels have not all of the settings
		}
		return strings.TrimSpace(string(text))
	})
}

func explainBy(err error, user bool, read func(setting string) string) error {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return err
	}
	switch errno {
	case syscall.EUSERS: // what ENOSPC was before Linux 4.9
		errno = syscall.ENOSPC
	case syscall.EACCES: // what AppArmor and SELinux answer to some calls
		errno = syscall.EPERM
	}
	for _, s := range settings {
		if s.errno == errno && (user || !s.user) && read(s.name) == s.value {
			return &ForbiddenError{Setting: s.name + "=" + s.value, Err: err, hint: s.hint}
		}
	}
	switch errno {
	case syscall.ENOSPC:
		return &ForbiddenError{Err: err, hint: "there are too many namespaces, here or in a namespace around this one: see sysctl user, and raise user.max_user_namespaces, user.max_net_namespaces, user.max_mnt_namespaces and the like"}
	case syscall.EPERM:
		return &ForbiddenError{Err: err, hint: "run as root; in a container allow CAP_SYS_ADMIN and CAP_NET_ADMIN, or user namespaces in its seccomp profile"}
	case syscall.EINVAL:
		if user {
			return &ForbiddenError{Err: err, hint: "run as root: this kernel seems to be built without user namespaces"}
		}
	}
	return err
}
