package lab

import (
	"context"
	"net/netip"
	"os/exec"
)

// Lab is a network that is up. Its methods may be called concurrently.
type Lab struct {
	topology *Topology
	nodes    []*Node
	engine   engine // what differs between systems
}

// Start makes the network of a topology. When it returns, everything is ready: links are
// up, addresses usable, snooping is in force. When it fails, or ctx ends before it
// returns, nothing is left. Steps and expectations are for [Lab.Run].
//
// The program has to be isolated, by [Main] or [Isolate]: otherwise the error is a
// [*NotIsolatedError]. A topology that makes no sense ([Topology.Validate]) is a
// [*TopologyError]. On systems other than Linux it is an [*mcast.UnsupportedError].
//
// Any number of labs may be up at once. They do not see each other.
func Start(ctx context.Context, t *Topology) (*Lab, error) { return start(ctx, t) }

// Topology returns what the lab was started with. It must not be changed.
func (l *Lab) Topology() *Topology { return l.topology }

// Hosts returns the hosts, in the topology's order.
func (l *Lab) Hosts() []*Node { return l.nodes }

// Host returns the host of that name, or nil if there is none.
func (l *Lab) Host(name string) *Node {
	for _, n := range l.nodes {
		if n.host.Name == name {
			return n
		}
	}
	return nil
}

// Link returns the link of an interface, named "host.interface".
func (l *Lab) Link(name string) (*Link, error) { return l.link(name) }

// Close kills what runs on the hosts, whatever it has done to detach itself, and takes the
// network down. Functions that run on hosts (Node.Do) are not interrupted, and keep their
// host's namespaces until they return. The second Close does nothing. Whatever is to be run in
// the lab afterwards fails with an error that is [os.ErrClosed].
//
// The kernel frees namespaces in the background, a moment later.
func (l *Lab) Close() error { return l.close() }

// Node is a host of a lab that is up: network, mounts and name of its own. Its methods may
// be called concurrently.
//
// Besides interfaces, routes and settings a host has its own /run, empty, and /sys; its
// /etc/hosts has the names of all hosts of the lab. All other files are those of the
// machine.
type Node struct {
	lab     *Lab
	host    *Host
	machine machine
}

// Name returns the host's name.
func (n *Node) Name() string { return n.host.Name }

// Host returns what the topology says of it. It must not be changed.
func (n *Node) Host() *Host { return n.host }

// Do runs fn on a thread that is on the host, waits for it, and returns its error as it is.
// What fn opens stays on the host, and so do the programs that it starts, but these
// are Start's business. Goroutines that fn starts are not on the host. A thread is made for
// each call, which takes some 50 µs. When fn panics, so does Do; when it ends its goroutine, as
// the FailNow of a test does, Do ends the caller's.
//
// fn must not call into package net by name (a resolver's goroutine is elsewhere) and finds the host's
// network in /proc/thread-self/net, not in /proc/net, which is the first thread's.
func (n *Node) Do(fn func() error) error { return n.do(fn) }

// Start starts cmd, as [exec.Cmd.Start] does, on the host. A program without a slash in its
// name is looked for in the PATH of cmd.Env, or of this process. Unless cmd.SysProcAttr
// says otherwise, it is in a session of its own, without a terminal, so that Ctrl-C is for
// this program alone.
//
// Close kills the program, and whatever it started. Call cmd.Wait as ever.
func (n *Node) Start(cmd *exec.Cmd) error { return n.start(cmd) }

// WaitJoined waits until somebody on the host has joined a group, by its kernel, and until the
// switches there that snoop know it. From then on what others send to the group arrives. Its
// error is the cause of the context's end, and says what was missing, or that the lab is closed.
func (n *Node) WaitJoined(ctx context.Context, group netip.Addr) error {
	return n.waitJoined(ctx, group)
}

// Environment returns the environment env ("NAME=value") as a program on the host has it,
// which is root there: with directories of root's programs in the PATH. programs are
// found first in that PATH by their names, with the files that they are.
func (n *Node) Environment(env []string, programs map[string]string) ([]string, error) {
	return n.environment(env, programs)
}

// Processes returns what runs on the host, by number.
func (n *Node) Processes() ([]Process, error) { return n.processes() }

// Process is a program that runs on a host.
type Process struct {
	PID     int
	Command []string // empty: it says nothing of itself, as one that is about to end
}

// Link is where a host's interface and its segment meet: frames that the host gets and
// sends can be seen there.
type Link struct {
	Name      string // "host.interface"
	Node      *Node  // frames can be captured within its Do …
	Interface string // … on this interface
}
