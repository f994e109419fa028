package view

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mcast/lab"
)

// Graph is a topology as it is drawn.
type Graph struct {
	Name, Description string
	Segments          []GraphSegment
	Hosts             []GraphHost
}

// GraphSegment is a segment with its ports, in the order of the hosts.
type GraphSegment struct {
	Name  string
	About string // "switch, snooping"
	Ports []GraphPort
}

// GraphPort is an interface that is plugged into a segment.
type GraphPort struct {
	Host      int // in Hosts
	Interface string
	Addresses []string
	Notes     []string // "to it: loss 10%"
}

// GraphHost is a host and what is particular about it.
type GraphHost struct {
	Name  string
	Notes []string // "router", "default by 10.0.2.2"
}

// NewGraph returns the drawing of a topology that is valid.
func NewGraph(t *lab.Topology) *Graph {
	g := &Graph{Name: t.Name, Description: t.Description}
	at := map[string]int{}
	for i := range t.Segments {
		s := &t.Segments[i]
		at[s.Name] = i
		g.Segments = append(g.Segments, GraphSegment{Name: s.Name, About: aboutSegment(s)})
	}
	for i := range t.Hosts {
		h := &t.Hosts[i]
		g.Hosts = append(g.Hosts, GraphHost{Name: h.Name, Notes: aboutHost(h)})
		for j := range h.Interfaces {
			n := &h.Interfaces[j]
			k, ok := at[n.Segment]
			if !ok {
				continue
			}
			p := GraphPort{Host: i, Interface: n.Name}
			for _, a := range n.Addresses {
				p.Addresses = append(p.Addresses, a.String())
			}
			p.Notes = aboutPort(&t.Segments[k], h.Name+"."+n.Name, n)
			g.Segments[k].Ports = append(g.Segments[k].Ports, p)
		}
	}
	return g
}

func aboutSegment(s *lab.Segment) string {
	if s.Kind == lab.Hub {
		return "hub"
	}
	list := []string{"switch"}
	if s.Snooping {
		list = append(list, "snooping")
	}
	if q := s.Querier; q != nil {
		about := "querier"
		if q.IGMP != 0 {
			about += fmt.Sprintf(" IGMPv%d", q.IGMP)
		}
		if q.MLD != 0 {
			about += fmt.Sprintf(" MLDv%d", q.MLD)
		}
		if q.Interval != 0 {
			about += fmt.Sprintf(" every %v", q.Interval)
		}
		list = append(list, about)
	}
	if s.NoFlood {
		list = append(list, "no flooding")
	}
	if s.FastLeave {
		list = append(list, "fast leave")
	}
	return strings.Join(list, ", ")
}

func aboutPort(s *lab.Segment, port string, n *lab.Interface) (notes []string) {
	if n.MAC != nil {
		notes = append(notes, n.MAC.String())
	}
	if n.MTU != 0 {
		notes = append(notes, fmt.Sprintf("MTU %d", n.MTU))
	}
	if slices.Contains(s.Isolated, port) {
		notes = append(notes, "isolated")
	}
	for _, e := range s.Static {
		if e.Port == port {
			notes = append(notes, "static "+e.Group.String())
		}
	}
	for _, i := range []struct {
		way    string
		impair *lab.Impairment
	}{{"to it", n.Impair}, {"from it", n.ImpairFrom}} {
		if what := aboutImpairment(i.impair); what != "" {
			notes = append(notes, i.way+": "+what)
		}
	}
	return notes
}

func aboutImpairment(i *lab.Impairment) string {
	if i == nil {
		return ""
	}
	var list []string
	share := func(what string, x float64) {
		if x > 0 {
			list = append(list, what+" "+strconv.FormatFloat(x*100, 'g', 4, 64)+"%")
		}
	}
	share("loss", i.Loss)
	if i.Delay > 0 {
		list = append(list, "delay "+i.Delay.String())
	}
	if i.Jitter > 0 {
		list = append(list, "jitter "+i.Jitter.String())
	}
	share("duplication", i.Duplicate)
	share("reordering", i.Reorder)
	if i.Rate > 0 {
		list = append(list, bitRate(i.Rate))
	}
	return strings.Join(list, ", ")
}

// bitRate returns a rate as topologies have it.
func bitRate(bits uint64) string {
	x, prefix := float64(bits), 0
	for ; x >= 1000 && prefix < 3; prefix++ {
		x /= 1000
	}
	return strconv.FormatFloat(x, 'f', -1, 64) + " " + []string{"", "k", "M", "G"}[prefix] + "bit/s"
}

func aboutHost(h *lab.Host) (notes []string) {
	if r := h.Router; r != nil {
		notes = append(notes, "router")
		for _, m := range r.Multicast {
			source := "*"
			if m.Source.IsValid() {
				source = m.Source.String()
			}
			out := make([]string, len(m.Out))
			for i, o := range m.Out {
				out[i] = o.Interface
				if o.Threshold > 1 {
					out[i] += fmt.Sprintf(" (TTL above %d)", o.Threshold)
				}
			}
			notes = append(notes, fmt.Sprintf("(%s,%v) from %s to %s", source, m.Group, m.In, strings.Join(out, ", ")))
		}
		if p := r.Proxy; p != nil {
			notes = append(notes, fmt.Sprintf("proxy from %s to %s", p.Upstream, strings.Join(p.Downstream, ", ")))
		}
	}
	if h.Gateway.IsValid() {
		notes = append(notes, "default by "+h.Gateway.String())
	}
	for _, r := range h.Routes {
		to := r.To.String()
		if r.To.Bits() == 0 {
			to = "default"
		}
		switch {
		case r.Via.IsValid():
			to += " by " + r.Via.String()
		default:
			to += " on " + r.Interface
		}
		notes = append(notes, to)
	}
	return notes
}
