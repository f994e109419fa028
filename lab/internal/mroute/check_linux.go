package mroute

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"mcast/internal/rtnl"
	"mcast/internal/sys"
)

// check says what is wrong with a configuration.
func (c *Config) check(links []rtnl.Link) error {
	known := func(name string) error {
		if !slices.ContainsFunc(links, func(l rtnl.Link) bool { return l.Name == name }) {
			return fmt.Errorf("no interface %q", name)
		}
		return nil
	}
	type key struct {
		source, group netip.Addr
		in            string
	}
	seen := map[key]bool{}
	for i := range c.Routes {
		r := &c.Routes[i]
		k := key{source: r.Source, group: r.Group}
		if r.anySource() {
			k.source, k.in = netip.Addr{}, r.In
		}
		err := r.check(known)
		if err == nil && seen[k] {
			err = errors.New("there are two such routes")
		}
		if seen[k] = true; err != nil {
			return fmt.Errorf("route %v: %w", r.Group, err)
		}
	}
	if c.Proxy == nil {
		return nil
	}
	if err := c.Proxy.check(known); err != nil {
		return fmt.Errorf("proxy: %w", err)
	}
	if len(c.interfaces(sys.IPv4, links)) == 0 && len(c.interfaces(sys.IPv6, links)) == 0 {
		return errors.New("proxy: no downstream interface has an address to ask from")
	}
	return nil
}

func (r *Route) check(known func(string) error) error {
	switch {
	case !r.Group.IsValid() || !r.Group.IsMulticast():
		return errors.New("it is not a group")
	case !routed(r.Group):
		return errors.New("the group means a link only, and is never forwarded")
	case !r.anySource() && r.Source.Is4() != r.Group.Is4():
		return fmt.Errorf("its source %v is of another family", r.Source)
	case !r.anySource() && r.Source.IsMulticast():
		return fmt.Errorf("its source %v is a group", r.Source)
	}
	if err := known(r.In); err != nil {
		return err
	}
	names := map[string]bool{r.In: true}
	for _, o := range r.Out {
		if err := known(o.Interface); err != nil {
			return err
		}
		switch {
		case names[o.Interface]:
			return fmt.Errorf("%s is in it twice", o.Interface)
		case o.Threshold < 0 || o.Threshold >= sys.Closed:
			return fmt.Errorf("the threshold of %s is %d, and can be 0 to %d", o.Interface, o.Threshold, sys.Closed-1)
		case o.Threshold > 1 && r.Group.Is6():
			return fmt.Errorf("the threshold of %s is %d, and Linux has no thresholds for IPv6", o.Interface, o.Threshold)
		}
		names[o.Interface] = true
	}
	return nil
}

func (p *Proxy) check(known func(string) error) error {
	if err := known(p.Upstream); err != nil {
		return err
	}
	if len(p.Downstream) == 0 {
		return errors.New("it has no downstream interface")
	}
	names := map[string]bool{p.Upstream: true}
	for _, name := range p.Downstream {
		if err := known(name); err != nil {
			return err
		}
		if names[name] {
			return fmt.Errorf("%s is in it twice", name)
		}
		names[name] = true
	}
	q := &p.Querier
	switch {
	case q.IGMP != 0 && q.IGMP != 2 && q.IGMP != 3:
		return fmt.Errorf("IGMP version %d, and there are 2 and 3", q.IGMP)
	case q.MLD < 0 || q.MLD > 2:
		return fmt.Errorf("MLD version %d, and there are 1 and 2", q.MLD)
	case q.Interval < 0 || q.ResponseInterval < 0 || q.LastMemberInterval < 0:
		return errors.New("a negative interval")
	}
	return nil
}

// interfaces returns those that the routing of a family needs, in a fixed order.
func (c *Config) interfaces(family sys.Family, links []rtnl.Link) (list []vif) {
	used := map[string]bool{}
	for i := range c.Routes {
		r := &c.Routes[i]
		if sys.FamilyOf(r.Group) == family {
			used[r.In] = true
			for _, o := range r.Out {
				used[o.Interface] = true
			}
		}
	}
	if c.Proxy != nil {
		for i := range links {
			if slices.Contains(c.Proxy.Downstream, links[i].Name) && asker(&links[i], family).IsValid() {
				used[links[i].Name], used[c.Proxy.Upstream] = true, true
			}
		}
	}
	for _, l := range links {
		if used[l.Name] {
			list = append(list, vif{l.Name, l.Index})
		}
	}
	return list
}
