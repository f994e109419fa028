package membership

import (
	"bufio"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"mcast/internal/nettest"
	"mcast/internal/sys"
)

func joinForGood(group netip.Addr, index int) error {
	s, err := sys.OpenUDP(sys.FamilyOf(group))
	if err != nil {
		return err
	}
	return s.JoinGroup(group, index)
}

// actor returns a process that plays a role.
func actor(role string, args ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Env = append(os.Environ(), roleVariable+"="+role)
	cmd.Stderr = os.Stderr
	return cmd
}

// startMember starts a process that has joined groups on an interface when it
// returns. It is gone when the function that is returned, or the test, ends.
func startMember(t testing.TB, h *nettest.Host, command, name string, groups ...netip.Addr) (pid int, end func()) {
	t.Helper()
	args := []string{command, strconv.Itoa(h.Interface(name).Index)}
	for _, g := range groups {
		args = append(args, g.String())
	}
	cmd := actor("member", args...)
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	h.Start(cmd)
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "joined\n" {
		t.Fatalf("the member said %q: %v", line, err)
	}
	return cmd.Process.Pid, func() {
		_ = in.Close()
		_ = cmd.Wait()
	}
}
