package mroute

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"
	"time"

	"mcast/internal/netns"
	"mcast/internal/rtnl"
	"mcast/internal/sys"
)

// Router is a multicast router, until Close.
type Router struct {
	mu     sync.Mutex // for what the goroutine and callers both use
	ns     *netns.NS
	rt     *rtnl.Conn
	poller *sys.Poller
	planes []*plane // IPv4 and IPv6, as there is need for them
	names  map[int]string
	reads  bool          // there is something to read
	done   chan struct{} // closed when the goroutine has ended; nil: there is none
	err    error         // what went wrong meanwhile
}

// vif is an interface of a router.
type vif struct {
	name  string
	index int
}

// plane is the routing of one family.
type plane struct {
	family   sys.Family
	rt       *rtnl.Conn
	socket   *sys.MulticastRouter
	vifs     []vif // by number
	members  members
	static   map[netip.Addr]bool    // groups that have static routes
	onDemand map[netip.Addr][]Route // and those that are made when a source is heard

	flows   map[netip.Addr]map[netip.Addr]*flow // group → source
	count   int                                 // of these
	idle    time.Duration
	sweepAt time.Time

	proxy    *Proxy // nil: none
	upstream int
	ports    []*port
	dirty    map[netip.Addr]bool // groups to look at again
	reception
}

// Start makes the network namespace of the calling thread a multicast router. It is
// one until Close, whichever thread calls that. All routes are there on return, and
// memberships are noted.
//
// It needs CAP_NET_ADMIN and CAP_NET_RAW. It changes no setting of the namespace:
// multicast is forwarded without net.ipv4.ip_forward, but rp_filter drops what comes in
// by another interface than its source would be reached by.
func Start(c Config) (*Router, error) {
	r, err := start(c)
	if err != nil {
		return nil, fmt.Errorf("route multicast: %w", err)
	}
	return r, nil
}

func start(c Config) (*Router, error) {
	r := &Router{names: map[int]string{}}
	err := r.open(&c)
	if err != nil {
		return nil, errors.Join(err, r.close())
	}
	if r.reads {
		r.done = make(chan struct{})
		go r.run()
	}
	return r, nil
}

func (r *Router) open(c *Config) (err error) {
	if r.ns, err = netns.Current(); err != nil {
		return err
	}
	if r.rt, err = rtnl.Open(); err != nil {
		return err
	}
	links, err := r.rt.Links()
	if err != nil {
		return err
	}
	for _, l := range links {
		r.names[l.Index] = l.Name
	}
	if err := c.check(links); err != nil {
		return err
	}
	if r.poller, err = sys.NewPoller(); err != nil {
		return err
	}
	for _, family := range []sys.Family{sys.IPv4, sys.IPv6} {
		used := c.interfaces(family, links)
		if len(used) == 0 {
			continue
		}
		if err := r.openPlane(c, family, used, links); err != nil {
			return err
		}
	}
	return nil
}

func (r *Router) openPlane(c *Config, family sys.Family, used []vif, links []rtnl.Link) error {
	if len(used) > sys.MostVIFs {
		return fmt.Errorf("%d interfaces, and the kernel routes multicast between at most %d", len(used), sys.MostVIFs)
	}
	socket, err := sys.OpenMulticastRouter(family)
	switch {
	case errors.Is(err, sys.ErrInUse):
		return fmt.Errorf("%w: another multicast router runs on this host", err)
	case errors.Is(err, sys.ErrNoOption):
		return fmt.Errorf("%w: this kernel does not route %v multicast (CONFIG_IP_MROUTE, CONFIG_IPV6_MROUTE)", err, familyName(family))
	case err != nil:
		return err
	}
	p := &plane{
		family: family, rt: r.rt, socket: socket, vifs: used,
		members: members{ns: r.ns, family: family, on: map[membership]*held{}},
		static:  map[netip.Addr]bool{}, flows: map[netip.Addr]map[netip.Addr]*flow{}, idle: idle,
		dirty: map[netip.Addr]bool{}, onDemand: map[netip.Addr][]Route{},
	}
	r.planes = append(r.planes, p)
	for i, v := range used {
		if err := socket.AddVIF(i, v.index); err != nil {
			return fmt.Errorf("add %s: %w", v.name, err)
		}
	}
	if c.Proxy != nil {
		p.openProxy(c.Proxy, links)
	}
	if err := p.addStatic(c.Routes); err != nil {
		return err
	}
	if p.proxy == nil && len(p.onDemand) == 0 {
		return nil
	}
	if p.proxy != nil {
		if err := p.startProxy(); err != nil {
			return err
		}
	}
	r.reads = true
	return r.poller.AddMulticastRouter(socket, int32(len(r.planes)-1))
}

func familyName(f sys.Family) string {
	if f == sys.IPv6 {
		return "IPv6"
	}
	return "IPv4"
}

// vif returns the number of an interface, which check has seen.
func (p *plane) vif(name string) int {
	for i, v := range p.vifs {
		if v.name == name {
			return i
		}
	}
	panic("mroute: no interface " + name)
}

// run is the goroutine: it reads what hosts and other routers say, and does what is
// due.
func (r *Router) run() {
	defer close(r.done)
	var ready []int32
	for {
		err := r.poller.SetDeadline(r.work(ready))
		if err == nil {
			ready, err = r.poller.Wait()
		}
		switch {
		case err == nil, errors.Is(err, os.ErrDeadlineExceeded):
		case errors.Is(err, os.ErrClosed):
			return
		default:
			r.note(err)
			return
		}
	}
}

// work reads from the planes that can be read, does what is due, and returns when
// there is something next.
func (r *Router) work(ready []int32) (next time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, i := range ready {
		r.noteLocked(r.planes[i].read(time.Now()))
	}
	for _, p := range r.planes {
		sweep, err := p.sweep(time.Now())
		r.noteLocked(err)
		next = sooner(next, sweep)
		for _, port := range p.ports {
			next = sooner(next, port.tick(time.Now()))
		}
		for group := range p.dirty {
			delete(p.dirty, group)
			r.noteLocked(p.forward(group))
		}
	}
	return next
}

func (r *Router) note(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.noteLocked(err)
}

// noteLocked keeps the first error for Close.
func (r *Router) noteLocked(err error) {
	if r.err == nil {
		r.err = err
	}
}

// Close stops routing: routes and memberships are gone on return. It returns what has
// gone wrong since Start. Every further call returns the same.
func (r *Router) Close() error {
	if r.poller == nil {
		return r.err
	}
	err := r.poller.Close()
	if r.done != nil {
		<-r.done
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.poller = nil
	r.noteLocked(errors.Join(err, r.close()))
	if r.err != nil {
		r.err = fmt.Errorf("route multicast: %w", r.err)
	}
	return r.err
}

// close gives up all that is open.
func (r *Router) close() (err error) {
	if r.poller != nil {
		err = r.poller.Close()
	}
	for _, p := range r.planes {
		err = errors.Join(err, p.socket.Close(), p.members.close())
	}
	if r.rt != nil {
		err = errors.Join(err, r.rt.Close())
	}
	if r.ns != nil {
		err = errors.Join(err, r.ns.Close())
	}
	return err
}
