package cli_test

import (
	"bytes"
	"context"
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

// labHello has the lab hello stand on a host, until the test ends.
func labHello(t *testing.T) *nettest.Host {
	t.Helper()
	h := nettest.NewHost(t, "h")
	ready := filepath.Join(t.TempDir(), "ready")
	up := &exec.Cmd{Path: "/proc/self/exe", Args: []string{"mcast", "lab", "up", "hello", "--ready-file", ready}}
	h.Start(up)
	nettest.Eventually(t, "the lab to be up", 10*time.Second, func() bool {
		_, err := os.Stat(ready)
		return err == nil
	})
	t.Cleanup(func() {
		if err := up.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		_ = up.Wait()
		if up.ProcessState.ExitCode() != 130 {
			t.Errorf("lab up ended with %v", up.ProcessState)
		}
	})
	return h
}

// atTerminal is a program at a terminal of its own.
type atTerminal struct {
	t       *testing.T
	control *os.File
	cmd     *exec.Cmd
	shown   bytes.Buffer
}

func newAtTerminal(t *testing.T, h *nettest.Host, program ...string) *atTerminal {
	t.Helper()
	control, terminal, err := sys.OpenTerminal()
	if err != nil {
		nettest.Skip(t, err.Error())
	}
	t.Cleanup(func() { _ = control.Close() })
	if err := sys.SetTerminalSize(control, 77, 33); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program[0], program[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = terminal, terminal, terminal
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	h.Start(cmd)
	_ = terminal.Close()
	return &atTerminal{t: t, control: control, cmd: cmd}
}

// types does as if it was typed.
func (a *atTerminal) types(text string) {
	a.t.Helper()
	if _, err := a.control.WriteString(text); err != nil {
		a.t.Fatal(err)
	}
}

// until waits until the terminal has shown a text.
func (a *atTerminal) until(text string) {
	a.t.Helper()
	_ = a.control.SetReadDeadline(time.Now().Add(10 * time.Second))
	for b := make([]byte, 1000); !strings.Contains(a.shown.String(), text); {
		n, err := a.control.Read(b)
		if a.shown.Write(b[:n]); err != nil {
			a.t.Fatalf("the terminal shows %q, and not %q; then: %v", a.shown.String(), text, err)
		}
	}
}

// ends waits for the end of the program.
func (a *atTerminal) ends(status int) {
	a.t.Helper()
	_ = a.cmd.Wait() // what came of it is in ProcessState
	if got := a.cmd.ProcessState.ExitCode(); got != status {
		a.t.Errorf("it ended with status %d, want %d; the terminal shows %q", got, status, a.shown.String())
	}
}

// TestLabTerminal: a program that is run from a terminal has one, of that size, and what is
// typed, Ctrl-C too, is for the program.
func TestLabTerminal(t *testing.T) {
	h := labHello(t)
	const script = `stty size; trap "echo interrupted; exit 5" INT; echo ready; read line; echo "[$line]"; while :; do sleep 0.01; done`
	a := newAtTerminal(t, h, "mcast", "lab", "exec", "flatbush", "--", "sh", "-c", script)
	a.until("33 77\r\nready\r\n")
	a.types("typed\n")
	a.until("[typed]\r\n")
	a.types("\x03")
	a.until("interrupted\r\n")
	a.ends(5)
}

// TestLabBehind: in a shell's job in the background the terminal is written to, and the job is not
// stopped for it.
func TestLabBehind(t *testing.T) {
	h := labHello(t)
	const script = `set -m; mcast lab exec midwood -- echo behind & while kill -0 $!; do if grep "^State:.T" /proc/$!/status; then kill -9 $!; exit 1; fi; sleep 0.01; done 2>/dev/null`
	a := newAtTerminal(t, h, "sh", "-c", script)
	a.until("behind\r\n")
	a.ends(0)
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
