package lab

import (
	"fmt"

	"mcast/lab/internal/mroute"
)

// route has the host route multicast as the topology says. Unicast is forwarded already
// (defaultSysctls).
func (n *Node) route() error {
	c := mroute.Config{}
	for _, m := range n.host.Router.Multicast {
		r := mroute.Route{Source: m.Source, Group: m.Group, In: m.In}
		for _, o := range m.Out {
			r.Out = append(r.Out, mroute.Outlet(o))
		}
		c.Routes = append(c.Routes, r)
	}
	if p := n.host.Router.Proxy; p != nil {
		c.Proxy = &mroute.Proxy{Upstream: p.Upstream, Downstream: p.Downstream}
		if p.Querier != nil {
			c.Proxy.Querier = mroute.Querier(p.Querier.timed())
		}
	}
	if len(c.Routes) == 0 && c.Proxy == nil {
		return nil
	}
	err := n.Do(func() (err error) {
		n.machine.router, err = mroute.Start(c)
		return err
	})
	if err != nil {
		return err
	}
	n.lab.onClose(func() error {
		if err := n.machine.router.Close(); err != nil {
			return fmt.Errorf("router %s: %w", n.host.Name, err)
		}
		return nil
	})
	return nil
}

func (n *Node) routed() (list []RouteCount, err error) {
	if n.machine.router == nil {
		return nil, nil
	}
	counts, err := n.machine.router.Counts()
	if err != nil {
		return nil, fmt.Errorf("router %s: %w", n.host.Name, err)
	}
	for _, c := range counts {
		r := RouteCount{Source: c.Source, Group: c.Group, In: c.In, Packets: c.Packets, Bytes: c.Bytes, Wrong: c.Wrong}
		for _, o := range c.Out {
			r.Out = append(r.Out, Outlet(o))
		}
		list = append(list, r)
	}
	return list, nil
}
