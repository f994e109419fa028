package lab_test

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"testing"
	"time"

	"mcast"
)

// programEnv has the test binary be a program that tests run on hosts.
const programEnv = "MCAST_LAB_TEST_PROGRAM"

var group, otherGroup = netip.MustParseAddr("224.1.1.5"), netip.MustParseAddr("224.1.1.6")

func executable(t testing.TB) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

// program runs the program of that name, with the arguments of the process.
func program(name string) int {
	if err := programs[name](os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

var programs = map[string]func(string) error{
	"isolated": isolated,
	// name prints what the process is called.
	"name": func(file string) error {
		name, err := os.ReadFile("/proc/self/" + file)
		fmt.Printf("%s", name)
		return err
	},
	// join joins a group, and stays.
	"join": func(address string) error {
		r, err := mcast.NewReceiver([]mcast.Group{{Addr: netip.MustParseAddr(address), Port: 50001}}, mcast.ReceiverConfig{Interfaces: []string{"eth0"}})
		if err != nil {
			return err
		}
		_, err = r.Receive(context.Background())
		return err
	},
	// joinlate joins a group on lo, and on eth0 somewhat later.
	"joinlate": func(address string) error {
		on := func(name string) (*mcast.Receiver, error) {
			return mcast.NewReceiver([]mcast.Group{{Addr: netip.MustParseAddr(address), Port: 50001}}, mcast.ReceiverConfig{Interfaces: []string{name}})
		}
		if _, err := on("lo"); err != nil {
			return err
		}
		time.Sleep(30 * time.Millisecond)
		r, err := on("eth0")
		if err != nil {
			return err
		}
		_, err = r.Receive(context.Background())
		return err
	},
	// send sends some datagrams to port 50001 of the group.
	"send": func(count string) error {
		n, err := strconv.Atoi(count)
		if err != nil {
			return err
		}
		s, err := mcast.NewSender([]mcast.Group{{Addr: group, Port: 50001}}, mcast.SenderConfig{Interfaces: []string{"eth0"}})
		if err != nil {
			return err
		}
		defer s.Close()
		for range n {
			if err := s.Send(context.Background(), []byte("a datagram")); err != nil {
				return err
			}
		}
		return nil
	},
}
