package membership

import (
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strconv"
	"testing"

	"mcast/internal/nettest"
)

// Groups and sources of the tests.
var (
	group   = netip.MustParseAddr("239.1.1.1")
	ssm     = netip.MustParseAddr("232.1.1.1")
	group6  = netip.MustParseAddr("ff15::1")
	local6  = netip.MustParseAddr("ff02::1234")
	source  = netip.MustParseAddr("192.0.2.7")
	source2 = netip.MustParseAddr("192.0.2.8")
)

// roleVariable makes the test binary something else than a test: see roles.
const roleVariable = "MCAST_MEMBERSHIP_ROLE"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		if err := play(role, os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	nettest.Main(m)
}

// play is a process beside the test: a member, which has joined something, or
// one that looks who has.
func play(role string, args []string) error {
	switch role {
	case "look":
		h, err := Open(Config{})
		if err != nil {
			return err
		}
		r, err := h.List()
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(r)
	case "member": // COMMAND INDEX GROUP...
		if err := os.WriteFile("/proc/self/comm", []byte(args[0]), 0); err != nil {
			return err
		}
		index, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		for _, a := range args[2:] {
			group, err := netip.ParseAddr(a)
			if err != nil {
				return err
			}
			if err := joinForGood(group, index); err != nil {
				return err
			}
		}
		fmt.Println("joined")
		_, err = io.Copy(io.Discard, os.Stdin) // until the test closes it
		return err
	}
	return fmt.Errorf("there is no role %q", role)
}
