package observe

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"

	"mcast/capture"
	"mcast/internal/membership"
	"mcast/internal/rtnl"
	"mcast/internal/sys"
	"mcast/lab"
	"mcast/wire"
)

const (
	// settling is how long a frame may be on its way from the kernel, which hands them over
	// by the block (see package capture).
	settling = 50 * time.Millisecond
	// ring is how many bytes the kernel may be ahead of the reader.
	ring = 1 << 20
)

type observation struct {
	host   *lab.Node
	live   *capture.Live
	packet wire.Packet
	report wire.Report
	ended  chan error

	reported chan struct{} // closed when a report has left

	mu sync.Mutex // guards what was found out, until the end
}

func observe(n *lab.Node, group netip.AddrPort) (*Observation, error) {
	o := &Observation{Reception{Host: n.Name(), Group: group}, observation{host: n, ended: make(chan error, 1), reported: make(chan struct{})}}
	var names []string
	for _, i := range n.Host().Interfaces {
		names = append(names, i.Name)
		o.reception.Interfaces = append(o.reception.Interfaces, Interface{Name: i.Name, Addresses: i.Addresses})
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("observe %s: it has no interface", n.Name())
	}
	err := n.Do(func() (err error) {
		o.live, err = capture.OpenLive(capture.LiveConfig{
			Interfaces: names, RingSize: ring,
			Filter: fmt.Sprintf("igmp or mld or (udp and dst host %v and dst port %d)", group.Addr(), group.Port()),
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("observe %s: %w", n.Name(), err)
	}
	go func() { o.ended <- o.read() }()
	return o, nil
}

// read notes frames until there is none any more, after the deadline.
func (o *Observation) read() error {
	var f capture.Frame
	seen := false
	for {
		switch err := o.live.Read(&f); {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil
		case err != nil:
			return err
		}
		o.packet.Decode(wire.LinkType(f.Interface.LinkType), f.Data, f.Length, wire.Options{ChecksumNotReady: f.ChecksumPending})
		out := f.Direction == capture.DirectionOut
		switch {
		case out && o.reports():
			o.note(f.Interface.Name, func(at *Interface, line string) { at.Reports = append(at.Reports, line) })
			if !seen {
				close(o.reported)
			}
			seen = true
		case !out && o.carries():
			o.note(f.Interface.Name, func(at *Interface, line string) { at.Datagrams = append(at.Datagrams, line) })
		}
	}
}

// note adds the packet, as a line, to what was seen on an interface.
func (o *Observation) note(name string, add func(at *Interface, line string)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range o.reception.Interfaces {
		if at := &o.reception.Interfaces[i]; at.Name == name {
			add(at, string(o.packet.AppendLine(nil)))
		}
	}
}

// reports tells whether the packet is a report of the group.
func (o *Observation) reports() bool {
	for _, p := range []wire.Protocol{wire.IGMP, wire.MLD} {
		if l, ok := o.packet.Find(p); ok && o.report.Parse(&o.packet, l) {
			return slices.ContainsFunc(o.report.Records, func(m wire.Membership) bool {
				leave := m.Type == wire.ChangeToInclude && len(m.Sources) == 0
				return m.Group == o.reception.Group.Addr() && !leave
			})
		}
	}
	return false
}

// carries tells whether the packet is a datagram to the group and port.
func (o *Observation) carries() bool {
	_, to, ok := o.packet.Addresses()
	_, port, udp := o.packet.Ports()
	return ok && udp && netip.AddrPortFrom(to, port) == o.reception.Group
}

func (o *Observation) waitReport(ctx context.Context) {
	select {
	case <-o.reported:
	case <-ctx.Done():
	}
}

func (o *Observation) ask() error {
	group := o.reception.Group.Addr()
	err := o.host.Do(func() error {
		h, err := membership.Open(membership.Config{})
		if err != nil {
			return err
		}
		defer h.Close()
		groups, err := h.Groups()
		if err != nil {
			return err
		}
		rt, err := rtnl.Open()
		if err != nil {
			return err
		}
		defer rt.Close()
		links, err := rt.Links()
		if err != nil {
			return err
		}
		route, err := rt.Route(group, netip.Addr{})
		if err != nil && !errors.Is(err, sys.ErrNetUnreach) {
			return err
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		for _, l := range links {
			if err == nil && l.Index == route.Interface {
				o.reception.Route = l.Name
			}
		}
		for i := range o.reception.Interfaces {
			at := &o.reception.Interfaces[i]
			_, at.Joined = groups[membership.Joined{Interface: at.Name, Group: group}]
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("observe %s: %w", o.host.Name(), err)
	}
	return nil
}

func (o *Observation) end() (*Reception, error) {
	err := o.live.SetReadDeadline(time.Now().Add(settling))
	err = errors.Join(err, <-o.ended, o.live.Close())
	if err != nil {
		return nil, fmt.Errorf("observe %s: %w", o.host.Name(), err)
	}
	return &o.reception, nil
}
