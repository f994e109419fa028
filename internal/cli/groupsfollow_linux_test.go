package cli_test

import (
	"os"
	"os/exec"
	"syscall"
	"testing"

	"mcast/internal/nettest"
)

// startFollow starts "mcast groups --follow" in a host and waits until it follows.
func startFollow(t *testing.T, h *nettest.Host, cmd *exec.Cmd) *sniffProcess {
	t.Helper()
	s := startProcess(t, h, cmd)
	s.wait(t, "224.0.0.1") // the table comes when nothing can be missed any more
	return s
}

// TestFollowAllMulticast: while it follows, network cards hand over all groups, those of
// interfaces that come later too. However it ends, they do no longer.
func TestFollowAllMulticast(t *testing.T) {
	program := buildMcast(t, false)
	h, peer := nettest.NewHost(t, "h"), nettest.NewHost(t, "peer")
	nettest.Pair(t, h.NIC("eth0", "192.0.2.1/24"), peer.NIC("eth0", "192.0.2.2/24"))
	watched := func(name string, want int) {
		t.Helper()
		nettest.Eventually(t, name+" to hear all groups, or not to", patience, func() bool {
			promiscuous, all := h.Watchers(name)
			return promiscuous == 0 && all == want
		})
	}
	for _, signal := range []struct {
		is     syscall.Signal
		status int
	}{{syscall.SIGINT, 130}, {syscall.SIGKILL, -1}} {
		s := startFollow(t, h, exec.Command(program, "groups", "--follow"))
		watched("eth0", 1)
		nettest.Pair(t, h.NIC("eth1"), peer.NIC("eth1"))
		watched("eth1", 1)
		s.end(t, signal.is, signal.status)
		watched("eth0", 0)
		watched("eth1", 0)
		h.DelLink("eth1")
	}
	// A list asks nobody, nor does who is not asked to.
	s := startSniff(t, h, exec.Command(program, "sniff", "-i", "eth0"))
	watched("eth0", 0)
	s.end(t, os.Interrupt, 130)
}
