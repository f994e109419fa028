package mcast

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"mcast/internal/sys"
)

// exits finds, and opens, the outlets for one group or block of groups.
type exits struct {
	sender     *Sender
	host       *host
	interfaces []Interface
	group      Group
	fixed      []*outlet // the same for the whole block; nil while unknown
}

// of returns the outlets for one group of the block.
func (x *exits) of(a netip.Addr) ([]*outlet, error) {
	if x.fixed != nil {
		return x.fixed, nil
	}
	source := x.sender.config.Source
	switch {
	case len(x.group.Sources) == 1:
		source = x.group.Sources[0]
	case len(x.group.Sources) > 1, len(x.group.Exclude) > 0:
		return nil, &Error{Op: "send to", Group: netip.AddrPortFrom(a, x.group.Port), Err: errors.New("a sender has one source address"), Advice: "name one source, or none"}
	}
	if source.IsValid() && source.Is4() != a.Is4() {
		return nil, &Error{Op: "send to", Group: netip.AddrPortFrom(a, x.group.Port), Err: fmt.Errorf("the source %v is of another address family", source)}
	}
	selectors := x.sender.config.Interfaces
	switch {
	case x.group.Interface != "":
		selectors = []string{x.group.Interface}
	case len(selectors) == 0 && source.IsValid():
		selectors = []string{source.String()}
	case len(selectors) == 0:
		selectors = []string{RouteInterface}
	}
	var outlets []*outlet
	for _, selector := range selectors {
		found, err := x.one(a, selector, source)
		if err != nil {
			return nil, err
		}
		for _, o := range found {
			if !slices.Contains(outlets, o) {
				outlets = append(outlets, o)
			}
		}
	}
	if !slices.Contains(selectors, RouteInterface) {
		x.fixed = outlets
	}
	return outlets, nil
}

// one returns the outlets for one selector.
func (x *exits) one(a netip.Addr, selector string, source netip.Addr) ([]*outlet, error) {
	fail := func(name string, err error, advice string) error {
		return &Error{Op: "send to", Group: netip.AddrPortFrom(a, x.group.Port), Interface: name, Err: err, Advice: advice}
	}
	switch selector {
	case AllInterfaces:
		var outlets []*outlet
		for n := range x.interfaces {
			i := &x.interfaces[n]
			address, ok := i.address(a)
			if !i.receives(a) || i.loopback() || !ok {
				continue
			}
			if source.IsValid() {
				address = source
			}
			o, err := x.outlet(a, i, address, source.IsValid())
			if err != nil {
				return nil, err
			}
			outlets = append(outlets, o)
		}
		if len(outlets) == 0 {
			return nil, fail(selector, ErrNoInterface, "none but loopback is up and has an address; "+interfaceNames(x.interfaces))
		}
		return outlets, nil
	case RouteInterface:
		i, address, err := x.route(a)
		if err != nil {
			return nil, fail("", err, "name an interface (-i); "+interfaceNames(x.interfaces))
		}
		if source.IsValid() {
			address = source
		}
		o, err := x.outlet(a, i, address, source.IsValid())
		return []*outlet{o}, err
	}
	i := FindInterface(x.interfaces, selector)
	switch {
	case i == nil && source.IsValid() && selector == source.String():
		return nil, fail("", fmt.Errorf("no interface here has the source address %v", source), addressesHint(x.interfaces, a))
	case i == nil:
		return nil, fail(selector, ErrNoInterface, interfaceNames(x.interfaces))
	case !i.up():
		return nil, fail(i.Name, ErrInterfaceDown, bringUp(i.Name))
	}
	address, fixed := source, source.IsValid()
	if named, err := netip.ParseAddr(selector); err == nil && !fixed && i.owns(named.Unmap().WithZone("")) && named.Unmap().Is4() == a.Is4() {
		address, fixed = named.Unmap().WithZone(""), true
	}
	if !fixed {
		var ok bool
		if address, ok = i.address(a); !ok {
			return nil, fail(i.Name, ErrNoAddress, "give it one, or say which to send from (--source)")
		}
	}
	o, err := x.outlet(a, i, address, fixed)
	return []*outlet{o}, err
}

// route returns the interface that the routing table picks, and loopback where
// it picks none and nothing else is up.
func (x *exits) route(a netip.Addr) (*Interface, netip.Addr, error) {
	index, source, err := x.host.route(a)
	if err == nil {
		for n := range x.interfaces {
			if i := &x.interfaces[n]; i.Index == index {
				return i, source, nil
			}
		}
		return nil, source, ErrNoInterface
	}
	var loopback *Interface
	for n := range x.interfaces {
		i := &x.interfaces[n]
		switch {
		case i.loopback() && i.receives(a):
			loopback = i
		case i.up() && !i.loopback():
			return nil, source, fmt.Errorf("%w: %w", ErrNoRoute, err)
		}
	}
	if loopback == nil {
		return nil, source, fmt.Errorf("%w: %w", ErrNoRoute, err)
	}
	source, _ = loopback.address(a)
	return loopback, source, nil
}

// outlet opens a socket, or finds the one that is open. With fixed the source
// is the caller's choice, so that the socket is bound to it.
func (x *exits) outlet(a netip.Addr, i *Interface, source netip.Addr, fixed bool) (*outlet, error) {
	s := x.sender
	family := sys.FamilyOf(a)
	if family == sys.IPv6 && !fixed {
		source = netip.Addr{} // the kernel chooses by the group's scope (RFC 6724)
	}
	for _, o := range s.outlets {
		if o.index == i.Index && o.Family() == family && o.source == source {
			return o, nil
		}
	}
	o := &outlet{index: i.Index, name: i.Name, source: source}
	if err := x.open(o, a, i, fixed); err != nil {
		return nil, openError("send to", netip.AddrPortFrom(a, x.group.Port), err)
	}
	s.outlets = append(s.outlets, o)
	return o, nil
}

// addressesHint names the addresses there are to send from.
func addressesHint(interfaces []Interface, group netip.Addr) string {
	hint := "addresses here:"
	n := 0
	for i := range interfaces {
		for _, p := range interfaces[i].Addrs {
			if p.Addr().Is4() == group.Is4() {
				hint += fmt.Sprintf(" %v (%s)", p.Addr(), interfaces[i].Name)
				n++
			}
		}
	}
	if n == 0 {
		return "no interface here has an address of the group's family"
	}
	return hint
}
