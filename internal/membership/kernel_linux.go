package membership

import (
	"net"
	"net/netip"
	"os"
	"strings"
)

// Groups that the kernel joins by itself, once for each interface.
var (
	allHosts  = netip.AddrFrom4([4]byte{224, 0, 0, 1}) // RFC 1112: while the interface is up
	allNodes  = netip.IPv6LinkLocalAllNodes()          // RFC 4291, section 2.8
	allNodes1 = netip.MustParseAddr("ff01::1")
	// Routers': where the interface forwards.
	routers = [...]netip.Addr{netip.IPv6LinkLocalAllRouters(), netip.MustParseAddr("ff01::2"), netip.MustParseAddr("ff05::2")}
)

// kernelUsers knows how often the kernel itself has joined a group.
type kernelUsers struct {
	h         *Host
	up        map[int]bool
	solicited map[place]int // addresses that share a solicited-node group (RFC 4291, section 2.7.1)
	forwards  map[string]bool
}

func (h *Host) kernelUsers() (*kernelUsers, error) {
	k := &kernelUsers{h: h, up: map[int]bool{}, solicited: map[place]int{}, forwards: map[string]bool{}}
	for _, l := range h.links() {
		k.up[l.Index] = l.Flags&net.FlagUp != 0
	}
	text, err := h.read("if_inet6")
	if err != nil {
		return nil, err
	}
	parseIfInet6(text, func(index int, a netip.Addr) {
		group := [16]byte{0: 0xff, 1: 0x02, 11: 1, 12: 0xff}
		b := a.As16()
		copy(group[13:], b[13:])
		k.solicited[place{index, netip.AddrFrom16(group)}]++
	})
	return k, nil
}

// certain reports that all users of a membership are the kernel: a socket need
// not be asked.
func (k *kernelUsers) certain(e *entry) bool {
	return e.users == 1 && (e.group == allNodes || e.group == allNodes1 || e.group == allHosts && k.up[e.index])
}

// of returns how many of the users that are left when all sockets that can be
// asked have been are the kernel.
func (k *kernelUsers) of(e *entry, left int) int {
	own := 0
	switch {
	case e.group == allNodes, e.group == allNodes1, e.group == allHosts && k.up[e.index]:
		own = 1
	case e.group == routers[0], e.group == routers[1], e.group == routers[2]:
		if k.router(e.name) {
			own = 1
		}
	default:
		own = k.solicited[place{e.index, e.group}]
	}
	return min(own, left)
}

// router reports whether an interface forwards IPv6.
func (k *kernelUsers) router(name string) bool {
	yes, asked := k.forwards[name]
	if !asked {
		yes = k.h.setting("ipv6/conf/"+name+"/forwarding") == "1"
		k.forwards[name] = yes
	}
	return yes
}

// setting reads a setting of the namespace below /proc/sys/net; "" if it cannot
// be read.
func (h *Host) setting(path string) (value string) {
	if h.ns == nil {
		return ""
	}
	_ = h.in(func() error {
		text, err := os.ReadFile("/proc/sys/net/" + path)
		value = strings.TrimSpace(string(text))
		return err
	})
	return value
}

// sentReports is what is known of the MLD reports that an interface has sent.
type sentReports struct {
	reports
	version int // of the last ones; 0: unknown
}

// mldVersion returns the MLD version in use on an interface. The kernel tells it
// nowhere. A setting may force it; else the reports that were sent tell it, if
// all were of one version, or all of late.
func (h *Host) mldVersion(index int, name string) Version {
	for _, conf := range []string{"all", name} { // all goes first if it is set
		switch h.setting("ipv6/conf/" + conf + "/force_mld_version") {
		case "1":
			return Version{MLD, 1, VersionForced}
		case "2":
			return Version{MLD, 2, VersionForced}
		}
	}
	text, err := h.read("dev_snmp6/" + name)
	if err != nil || strings.ContainsRune(name, '/') {
		return Version{Protocol: MLD}
	}
	s := h.sent[index].after(parseSNMP6(text))
	h.sent[index] = s
	if s.version == 0 {
		return Version{Protocol: MLD}
	}
	return Version{MLD, s.version, VersionInferred}
}

// after returns what is known when the counters have gone on.
func (s sentReports) after(now reports) sentReports {
	v1, v2 := now.v1-s.v1, now.v2-s.v2
	if now.v1 < s.v1 || now.v2 < s.v2 { // another interface, with the same index
		v1, v2, s.version = now.v1, now.v2, 0
	}
	switch {
	case v1 > 0 && v2 > 0:
		s.version = 0
	case v1 > 0:
		s.version = 1
	case v2 > 0:
		s.version = 2
	}
	s.reports = now
	return s
}
