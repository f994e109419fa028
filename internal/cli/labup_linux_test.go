package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mcast/internal/nettest"
	"mcast/internal/sys"
)

// TestLabTerminal: a program that is run from a terminal has one, of that size, and Ctrl-C
// on it is for the program.
func TestLabTerminal(t *testing.T) {
	h := nettest.NewHost(t, "h")
	ready := filepath.Join(t.TempDir(), "ready")
	up := &exec.Cmd{Path: "/proc/self/exe", Args: []string{"mcast", "lab", "up", "hello", "--ready-file", ready}}
	h.Start(up)
	nettest.Eventually(t, "the lab to be up", 10*time.Second, func() bool {
		_, err := os.Stat(ready)
		return err == nil
	})
	control, terminal, err := sys.OpenTerminal()
	if err != nil {
		nettest.Skip(t, err.Error())
	}
	defer control.Close()
	if err := sys.SetTerminalSize(control, 77, 33); err != nil {
		t.Fatal(err)
	}
	const script = `stty size; trap "echo interrupted; exit 5" INT; echo ready; while :; do sleep 0.01; done`
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{"mcast", "lab", "exec", "flatbush", "--", "sh", "-c", script},
		Stdin: terminal, Stdout: terminal, Stderr: terminal, SysProcAttr: &syscall.SysProcAttr{Setsid: true, Setctty: true},
	}
	h.Start(cmd)
	_ = terminal.Close()
	var shown bytes.Buffer
	until := func(text string) {
		t.Helper()
		_ = control.SetReadDeadline(time.Now().Add(10 * time.Second))
		for b := make([]byte, 1000); !strings.Contains(shown.String(), text); {
			n, err := control.Read(b)
			if shown.Write(b[:n]); err != nil {
				t.Fatalf("the terminal shows %q; then: %v", shown.String(), err)
			}
		}
	}
	until("33 77\r\nready\r\n")
	if _, err := control.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	until("interrupted\r\n")
	var ended *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &ended) || ended.ExitCode() != 5 {
		t.Errorf("it ended with %v, want status 5; the terminal shows %q", err, shown.String())
	}
	if err := up.Process.Signal(os.Interrupt); err != nil {
		t.Error(err)
	}
	_ = up.Wait()
	if up.ProcessState.ExitCode() != 130 {
		t.Errorf("lab up ended with %v", up.ProcessState)
	}
}

// TestLabManyKnock: a lab to which more came than files may be open hears those who come later.
func TestLabManyKnock(t *testing.T) {
	h := nettest.NewHost(t, "h")
	ready := filepath.Join(t.TempDir(), "ready")
	const limited = `ulimit -n 40; exec mcast lab up hello --ready-file "$0"`
	h.Start(exec.Command("sh", "-c", limited, ready))
	nettest.Eventually(t, "the lab to be up", 10*time.Second, func() bool {
		_, err := os.Stat(ready)
		return err == nil
	})
	h.Do(func() {
		for range 100 {
			c, err := net.Dial("unix", fmt.Sprintf("@mcast-lab/%d/hello", os.Getuid()))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
		}
	})
	nettest.Eventually(t, "the lab to hear again", 20*time.Second, func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		ps := exec.CommandContext(ctx, "mcast", "lab", "ps")
		h.Start(ps)
		return ps.Wait() == nil
	})
}

// TestLabNames: sockets of others that are called as no lab can be are none.
func TestLabNames(t *testing.T) {
	h := nettest.NewHost(t, "h")
	h.Do(func() {
		for _, name := range []string{"lab", "\x1b[31m", "\xff", "a.b", "-x"} {
			l, err := net.Listen("unix", fmt.Sprintf("@mcast-lab/%d/%s", os.Getuid(), name))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = l.Close() })
		}
	})
	var out bytes.Buffer
	complete := exec.Command("mcast", "__complete", "lab", "exec", "--lab", "")
	complete.Stdout = &out
	h.Start(complete)
	if err := complete.Wait(); err != nil || !strings.HasPrefix(out.String(), "lab\n:") {
		t.Errorf("labs are %q, %v", out.String(), err)
	}
}
