package netns

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"testing"
)

func TestExplain(t *testing.T) {
	const (
		maxUser  = "user.max_user_namespaces"
		maxNet   = "user.max_net_namespaces"
		debian   = "kernel.unprivileged_userns_clone"
		apparmor = "kernel.apparmor_restrict_unprivileged_userns"
	)
	tests := []struct {
		name    string
		errno   error
		user    bool
		kernel  map[string]string
		setting string
		typed   bool
	}{
		{"no user namespaces", syscall.ENOSPC, true, map[string]string{maxUser: "0"}, maxUser + "=0", true},
		{"no user namespaces, old", syscall.EUSERS, true, map[string]string{maxUser: "0"}, maxUser + "=0", true},
		{"Debian", syscall.EPERM, true, map[string]string{debian: "0", maxUser: "9"}, debian + "=0", true},
		{"Debian, allowed", syscall.EPERM, true, map[string]string{debian: "1"}, "", true},
		{"Ubuntu", syscall.EPERM, true, map[string]string{apparmor: "1"}, apparmor + "=1", true},
		{"Ubuntu, at the mount", syscall.EACCES, true, map[string]string{apparmor: "1"}, apparmor + "=1", true},
		{"Ubuntu, allowed", syscall.EPERM, true, map[string]string{apparmor: "0"}, "", true},
		{"both, the limit is what struck", syscall.ENOSPC, true, map[string]string{maxUser: "0", apparmor: "1"}, maxUser + "=0", true},
		{"both, AppArmor is what struck", syscall.EPERM, true, map[string]string{maxUser: "0", apparmor: "1"}, apparmor + "=1", true},
		{"root does not need them", syscall.ENOSPC, false, map[string]string{maxUser: "0", maxNet: "0"}, maxNet + "=0", true},
		{"no PID namespaces", syscall.ENOSPC, true, map[string]string{maxUser: "9", "user.max_pid_namespaces": "0"}, "user.max_pid_namespaces=0", true},
		{"a seccomp filter", syscall.EPERM, true, nil, "", true},
		{"too many", syscall.ENOSPC, true, map[string]string{maxUser: "7"}, "", true},
		{"not in the kernel", syscall.EINVAL, true, nil, "", true},
		{"something else", syscall.ENOMEM, true, map[string]string{maxUser: "0"}, "", false},
		{"no system call", io.EOF, true, map[string]string{maxUser: "0"}, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cause := fmt.Errorf("run: %w", &os.PathError{Op: "fork/exec", Path: "x", Err: tt.errno})
			err := explainBy(cause, tt.user, func(setting string) string { return tt.kernel[setting] })
			if !errors.Is(err, tt.errno) {
				t.Errorf("%v does not wrap %v", err, tt.errno)
			}
			var forbidden *ForbiddenError
			if got := errors.As(err, &forbidden); got != tt.typed {
				t.Fatalf("%v is a ForbiddenError: %v, want %v", err, got, tt.typed)
			}
			if forbidden == nil {
				return
			}
			if forbidden.Setting != tt.setting {
				t.Errorf("setting is %q, want %q", forbidden.Setting, tt.setting)
			}
			if forbidden.Hint() == "" {
				t.Error("there is no hint")
			}
		})
	}
}
