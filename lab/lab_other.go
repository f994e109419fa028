//go:build !linux

package lab

import (
	"context"
	"net/netip"
	"os/exec"
	"runtime"

	"mcast"
)

type engine struct{}

type machine struct{}

func isolate() (status int, done bool, err error) { return 0, false, unsupported() }

func isolated() bool { return false }

func start(context.Context, *Topology) (*Lab, error) { return nil, unsupported() }

func (l *Lab) close() error { return unsupported() }

func (l *Lab) link(string) (*Link, error) { return nil, unsupported() }

func (l *Link) inflicted() (toward, from Inflicted) { return toward, from }

func (n *Node) do(func() error) error { return unsupported() }

func (n *Node) start(*exec.Cmd) error { return unsupported() }

func (n *Node) waitJoined(context.Context, netip.Addr) error { return unsupported() }

func (n *Node) environment([]string, map[string]string) ([]string, error) { return nil, unsupported() }

func (n *Node) processes() ([]Process, error) { return nil, unsupported() }

func (n *Node) routed() ([]RouteCount, error) { return nil, unsupported() }

func unsupported() error {
	return &mcast.UnsupportedError{Feature: "virtual networks", Platform: runtime.GOOS}
}
