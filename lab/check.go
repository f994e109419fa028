package lab

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"mcast/lab/internal/form"
)

// The bounds of what a topology may ask for.
const (
	mostName      = 63 // bytes of a host's name (RFC 1035)
	mostInterface = 15 // bytes of an interface's name (IFNAMSIZ)

	leastMTU = 68    // RFC 791
	mostMTU  = 65535 // of a veth
	leastV6  = 1280  // MTU below which there is no IPv6 (RFC 8200)

	mostPorts = 1023 // of a bridge (BR_MAX_PORTS, less the number 0)

	mostThreshold = 254 // 255 means that nothing is sent on (ipmr_update_thresholds in net/ipv4/ipmr.c)
)

// Validate says what is wrong with the topology, as a [*TopologyError]: names that
// lead nowhere, or are there twice, addresses that do not fit, values out of range,
// filters that do not compile, expectations that exclude one another.
func (t *Topology) Validate() error {
	if t == nil {
		return &TopologyError{Problems: []*Problem{{Text: "there is no topology"}}}
	}
	return topologyError("", t.check())
}

// topologyError makes an error of problems, or nil if there are none.
func topologyError(file string, wrong form.Problems) error {
	if len(wrong.List) == 0 {
		return nil
	}
	e := &TopologyError{More: wrong.More}
	for _, p := range wrong.List {
		e.Problems = append(e.Problems, &Problem{
			Place: printablePlace(p.Place), Text: p.Text, Advice: p.Advice,
			File: file, Line: p.Line, Column: p.Column, Width: p.Width, Source: p.Source,
		})
	}
	return e
}

// checker looks for what is wrong with a topology.
type checker struct {
	*Topology
	form.Problems

	segments map[string]*Segment
	hosts    map[string]*Host
	plugs    map[string]*Interface // by "host.interface"
	steps    map[string]*Step
}

func (t *Topology) check() form.Problems {
	c := &checker{
		Topology: t,
		segments: map[string]*Segment{}, hosts: map[string]*Host{}, plugs: map[string]*Interface{}, steps: map[string]*Step{},
	}
	if t.Name != "" {
		c.name("name", t.Name, "a topology", mostName)
	}
	c.collect()
	c.checkSegments()
	c.checkHosts()
	c.checkWires()
	c.checkSteps()
	c.checkExpectations()
	return c.Problems
}

// wrong says what is wrong at a place.
func (c *checker) wrong(place, advice, format string, args ...any) {
	c.Add(&form.Problem{Place: place, Text: fmt.Sprintf(format, args...), Advice: advice})
}

// unknown says that there is no thing of a name.
func (c *checker) unknown(place, what, name string, words func() []string) {
	c.wrong(place, c.Advise(func() string { return form.Suggest(name, what+"s", words()) }), "there is no %s %s", what, form.Quoted(name))
}

// isName says whether a text has letters, digits, - and _ only, and does not begin
// with -, by which it would be an option.
func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' && i > 0) {
			return false
		}
	}
	return s != ""
}

// name checks a name of a thing.
func (c *checker) name(place, name, what string, most int) {
	switch {
	case name == "":
		c.wrong(place, "", "%s needs a name", what)
	case !isName(name):
		c.wrong(place, "a name is of the letters a to z and A to Z, digits, _ and -, and does not begin with -", "%s is no name for %s", form.Quoted(name), what)
	case len(name) > most:
		c.wrong(place, "", "the name of %s has up to %d bytes, and %s has %d", what, most, form.Quoted(name), len(name))
	}
}

// below returns the place of a name below another place.
func below(place, name string) string { return place + "." + name }

// printablePlace returns a place without what could upset a terminal: names may be
// anything.
func printablePlace(place string) string {
	if q := strconv.Quote(place); q != `"`+place+`"` {
		return q
	}
	return place
}

// collect finds what has a name, and names that are there twice.
func (c *checker) collect() {
	for i := range c.Segments {
		s := &c.Segments[i]
		place := below("segments", s.Name)
		c.name(place, s.Name, "a segment", mostName)
		if c.segments[s.Name] != nil {
			c.wrong(place, "", "there are two segments of this name")
		}
		c.segments[s.Name] = s
	}
	if len(c.Hosts) == 0 {
		c.wrong("hosts", "", "there are no hosts")
	}
	for i := range c.Hosts {
		h := &c.Hosts[i]
		place := below("hosts", h.Name)
		c.name(place, h.Name, "a host", mostName)
		switch {
		case c.hosts[h.Name] != nil:
			c.wrong(place, "", "there are two hosts of this name")
		case strings.EqualFold(h.Name, "localhost"):
			c.wrong(place, "", "every host is localhost to itself")
		}
		c.hosts[h.Name] = h
		for j := range h.Interfaces {
			n := &h.Interfaces[j]
			place := below(place+".interfaces", n.Name)
			c.name(place, n.Name, "an interface", mostInterface)
			switch plug := h.Name + "." + n.Name; {
			case c.plugs[plug] != nil:
				c.wrong(place, "", "there are two interfaces of this name")
			case n.Name == "lo":
				c.wrong(place, "", "every host has an interface lo without being told")
			case n.Name == "all" || n.Name == "default":
				c.wrong(place, "", "the kernel has settings called %q, so no interface may be", n.Name)
			default:
				c.plugs[plug] = n
			}
		}
	}
	for i := range c.Steps {
		c.steps[c.stepName(i)] = &c.Steps[i]
	}
}

// stepName returns the name of a step, which is by its number if it has none.
func (t *Topology) stepName(i int) string {
	if n := t.Steps[i].Name; n != "" {
		return n
	}
	return fmt.Sprintf("step %d", i+1)
}

// plugNames returns what returns all interfaces, or those on a segment, in the
// topology's order.
func (c *checker) plugNames(segment string) func() []string {
	return func() []string { return c.plugged(segment) }
}

func (c *checker) plugged(segment string) (names []string) {
	for i := range c.Hosts {
		for j := range c.Hosts[i].Interfaces {
			if n := &c.Hosts[i].Interfaces[j]; segment == "" || n.Segment == segment {
				names = append(names, c.Hosts[i].Name+"."+n.Name)
			}
		}
	}
	return names
}

// segmentNames, hostNames, stepNames and interfaceNames are for suggestions.
func (c *checker) segmentNames() (names []string) {
	for i := range c.Segments {
		names = append(names, c.Segments[i].Name)
	}
	return names
}

func (c *checker) hostNames() (names []string) {
	for i := range c.Hosts {
		names = append(names, c.Hosts[i].Name)
	}
	return names
}

func (c *checker) stepNames() (names []string) {
	for i := range c.Steps {
		names = append(names, c.stepName(i))
	}
	return names
}

func (h *Host) interfaceNames() (names []string) {
	for i := range h.Interfaces {
		names = append(names, h.Interfaces[i].Name)
	}
	return names
}

// interfaceNamed returns an interface of a host, or nil.
func (h *Host) interfaceNamed(name string) *Interface {
	i := slices.IndexFunc(h.Interfaces, func(n Interface) bool { return n.Name == name })
	if i < 0 {
		return nil
	}
	return &h.Interfaces[i]
}

// group checks the address of a group.
func (c *checker) group(place string, a netip.Addr) bool {
	switch {
	case !a.IsValid():
		c.wrong(place, "", "which group?")
	case a.Zone() != "":
		c.wrong(place, "write "+a.WithZone("").String(), "a group has no zone here")
	case a.Is4In6() || !a.IsMulticast():
		c.wrong(place, "groups are 224.0.0.0 to 239.255.255.255, and ff00:: to ffff::…", "%v is no group", a)
	default:
		return true
	}
	return false
}

// unicast checks the address of a host.
func (c *checker) unicast(place string, a netip.Addr) bool {
	switch {
	case a.Zone() != "":
		c.wrong(place, "write "+a.WithZone("").String(), "an address has no zone here")
	case a.Is4In6():
		c.wrong(place, "write "+a.Unmap().String(), "%v is an IPv4 address in the clothes of IPv6", a)
	case a.IsMulticast():
		c.wrong(place, "", "%v is a group, not the address of a host", a)
	case a.IsUnspecified() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		c.wrong(place, "", "%v is no address of a host", a)
	case a.IsLoopback():
		c.wrong(place, "", "%v is the loopback interface's", a)
	default:
		return true
	}
	return false
}
