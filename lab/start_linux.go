package lab

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"
	vnetns "github.com/vishvananda/netns"

	"mcast/internal/netns"
)

func isolate() (status int, done bool, err error) { return netns.Isolate() }

func isolated() bool { return netns.Isolated() }

// engine is what a lab is made of on Linux: a network namespace for what is between the
// hosts. Nobody but the lab is in it, so names of links there cannot clash.
type engine struct {
	base      *netns.NS
	netlink   *netlink.Handle // in base
	rtnetlink rtnetlink       // likewise
	segments  map[string]*segment
	ports     map[string]*port // by "host.interface"
	wires     wires
	closers   []func() error // in the order in which they were opened

	mu     sync.RWMutex // held for reading while a program is started
	closed bool

	ipv6      bool     // the kernel has IPv6
	inherited []sysctl // by which hosts have the kernel's own settings, whatever the machine's are
}

// The indices of links in the base are given by us, since the kernel would have to be asked
// for its own. It has some links there itself (lo, and in some kernels sit0 and the like),
// which have low ones.
const (
	firstBridge = 1_000
	firstPort   = 100_000
)

func start(ctx context.Context, t *Topology) (*Lab, error) {
	if !isolated() {
		return nil, notIsolated()
	}
	if err := t.Validate(); t == nil {
		return nil, fmt.Errorf("start a lab: %w", err)
	} else if err != nil {
		return nil, fmt.Errorf("start lab %s: %w", t.Name, err)
	}
	l := &Lab{topology: t}
	if err := l.build(ctx); err != nil {
		_ = l.Close()
		return nil, fmt.Errorf("start lab %s: %w", t.Name, err)
	}
	return l, nil
}

func (l *Lab) build(ctx context.Context) error {
	var err error
	if l.engine.base, err = netns.New(); err != nil {
		return err
	}
	err = l.engine.base.Do(func() error {
		l.engine.ipv6 = readSysctl("net/ipv6/conf/default/disable_ipv6") != ""
		l.engine.inherited = inherited()
		return silenceBase()
	})
	if err != nil {
		return err
	}
	// All requests are made under a lock in the kernel, one after the other: one socket
	// is enough.
	l.engine.netlink, err = netlink.NewHandleAt(vnetns.NsHandle(l.engine.base.Fd()), syscall.NETLINK_ROUTE)
	if err != nil {
		return fmt.Errorf("open a netlink socket: %w", err)
	}
	if l.engine.rtnetlink, err = openRtnetlink(l.engine.base); err != nil {
		return fmt.Errorf("open a netlink socket: %w", err)
	}
	l.plan()
	for _, s := range l.topology.Segments {
		if err := l.addSegment(ctx, l.engine.segments[s.Name]); err != nil {
			return fmt.Errorf("segment %s: %w", s.Name, err)
		}
	}
	if err := l.openWires(); err != nil {
		return fmt.Errorf("bad links: %w", err)
	}
	// A host is made in two steps, because what the kernel does in between it
	// does in the background, for all hosts at once.
	names := l.hostsFile()
	steps := []func(*Node) error{
		func(n *Node) error { return n.boot(names) },
		func(n *Node) error { return n.settle(ctx) },
	}
	for _, step := range steps {
		if err := l.forEachHost(ctx, step); err != nil {
			return err
		}
	}
	for _, s := range l.topology.Segments {
		if err := l.complete(ctx, l.engine.segments[s.Name]); err != nil {
			return fmt.Errorf("segment %s: %w", s.Name, err)
		}
	}
	if err := l.hearQueries(ctx); err != nil {
		return err
	}
	for _, n := range l.nodes {
		if n.host.Router == nil {
			continue
		}
		if err := n.route(); err != nil {
			return fmt.Errorf("router %s: %w", n.host.Name, err)
		}
	}
	return ctx.Err()
}

// silenceBase keeps IPv6 from the switches: otherwise each port would have an address,
// join groups, and look for routers.
func silenceBase() error {
	for _, conf := range []string{"all", "default"} {
		if err := writeSysctl("net/ipv6/conf/"+conf+"/disable_ipv6", "1"); err != nil && !isNotThere(err) {
			return err
		}
	}
	return nil
}

// plan numbers segments and ports.
func (l *Lab) plan() {
	l.engine.segments = map[string]*segment{}
	l.engine.ports = map[string]*port{}
	for i := range l.topology.Segments {
		s := &l.topology.Segments[i]
		l.engine.segments[s.Name] = &segment{
			Segment: s,
			index:   firstBridge + i,
			name:    fmt.Sprintf("br%d", i),
			mac:     madeMAC("segment " + s.Name),
		}
	}
	for i := range l.topology.Hosts {
		h := &l.topology.Hosts[i]
		n := &Node{lab: l, host: h}
		l.nodes = append(l.nodes, n)
		for j := range h.Interfaces {
			ifi := &h.Interfaces[j]
			s := l.engine.segments[ifi.Segment]
			k := len(l.engine.ports)
			p := &port{Interface: ifi, of: h.Name + "." + ifi.Name, segment: s, index: firstPort + k, name: fmt.Sprintf("p%d", k), mac: ifi.MAC}
			if p.mac == nil {
				p.mac = madeMAC(p.of)
			}
			l.engine.ports[p.of] = p
			s.ports = append(s.ports, p)
			n.machine.ports = append(n.machine.ports, p)
		}
	}
}

// forEachHost runs a step for all hosts, a few at a time, and returns the first error in
// the order of the hosts.
func (l *Lab) forEachHost(ctx context.Context, step func(*Node) error) error {
	errs := make([]error, len(l.nodes))
	next := make(chan int)
	var wg sync.WaitGroup
	// More do not help: most of the time is spent under locks of the kernel.
	for range min(2*runtime.GOMAXPROCS(0), len(l.nodes)) {
		wg.Go(func() {
			for i := range next {
				if err := step(l.nodes[i]); err != nil {
					errs[i] = fmt.Errorf("host %s: %w", l.nodes[i].host.Name, err)
				}
			}
		})
	}
	for i := range l.nodes {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// onClose has Close call a function; the last one is called first.
func (l *Lab) onClose(f func() error) {
	l.engine.mu.Lock()
	defer l.engine.mu.Unlock()
	l.engine.closers = append(l.engine.closers, f)
}

// killTimeout is how long Close waits for processes to die. A kernel that is writing to
// a dead disk for one of them can keep it from dying.
const killTimeout = 10 * time.Second

func (l *Lab) close() error {
	e := &l.engine
	e.mu.Lock()
	closed, closers := e.closed, e.closers
	e.closed = true
	e.mu.Unlock()
	if closed {
		return nil
	}
	var machines []*netns.Machine
	for _, n := range l.nodes {
		if n.machine.Machine != nil {
			machines = append(machines, n.machine.Machine)
		}
	}
	errs := []error{netns.Kill(machines, killTimeout)}
	for i := range closers {
		errs = append(errs, closers[len(closers)-1-i]())
	}
	for _, n := range l.nodes {
		if n.machine.netlink != nil {
			n.machine.netlink.Close()
		}
	}
	for _, m := range machines {
		errs = append(errs, m.Close())
	}
	e.rtnetlink.close()
	if e.netlink != nil {
		e.netlink.Close()
	}
	if e.base != nil {
		errs = append(errs, e.base.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close lab %s: %w", l.topology.Name, err)
	}
	return nil
}

func (l *Lab) link(name string) (*Link, error) {
	host, ifi, ok := strings.Cut(name, ".")
	if n := l.Host(host); ok && n != nil && n.host.interfaceNamed(ifi) != nil {
		return &Link{Name: name, Node: n, Interface: ifi}, nil
	}
	return nil, fmt.Errorf("lab %s: there is no link %s: links are named HOST.INTERFACE", l.topology.Name, name)
}

// readyWithin is how long await waits. What it waits for takes milliseconds.
const readyWithin = 10 * time.Second

// await calls ready, with pauses that grow, until nothing is missing.
func await(ctx context.Context, ready func() (missing string, err error)) error {
	pause := 200 * time.Microsecond
	for deadline := time.Now().Add(readyWithin); ; {
		missing, err := ready()
		if missing == "" || err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("waited %v: %s", readyWithin, missing)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		pause = min(2*pause, 5*time.Millisecond)
	}
}
