//go:build interop && linux

package interop

import (
	"fmt"
	"strings"

	"mcast/filter"
)

// generator makes expressions that mean something for a link type. A few mean
// nothing there, and both compilers should say so.
type generator struct {
	random
	link filter.LinkType
	live bool
}

// expression returns an expression of one to fifteen primitives, of which few are
// many.
func (g generator) expression() *tree {
	n := 1 + g.IntN(3)
	if g.in(3) {
		n += g.IntN(4)
	}
	if g.in(10) {
		n += g.IntN(9)
	}
	if g.tunnel || g.in(50) && !g.chain {
		return g.geneve(n)
	}
	if g.tags && n > 1 {
		return &tree{kind: conjunction, kids: []*tree{g.tag(), g.condition(n - 1)}}
	}
	return g.condition(n)
}

// condition returns a condition of n primitives.
func (g generator) condition(n int) *tree {
	if g.in(7) {
		return &tree{kind: negation, kids: []*tree{g.condition(n)}, style: g.style()}
	}
	if n == 1 {
		return g.primitive()
	}
	if g.in(8) {
		return g.alike(n)
	}
	x := &tree{kind: conjunction, style: g.style()}
	if g.in(2) {
		x.kind = disjunction
	}
	parts := 2
	if n > 2 {
		parts += g.IntN(min(n-1, 3))
	}
	for p := range parts {
		share := max(1, n/(parts-p))
		n -= share
		x.kids = append(x.kids, g.condition(share))
	}
	return x
}

// alike returns a condition of n ids that share their qualifiers.
func (g generator) alike(n int) *tree {
	first := g.ident()
	x := &tree{kind: disjunction, kids: []*tree{first}, style: g.style()}
	for range 50 {
		if k := g.ident(); len(x.kids) < max(n, 2) && k.quals == first.quals {
			k.style |= carried
			x.kids = append(x.kids, k)
		}
	}
	for len(x.kids) < 2 {
		x.kids = append(x.kids, first)
	}
	if g.in(4) {
		x.kids[1] = &tree{kind: negation, kids: []*tree{x.kids[1]}}
	}
	return x
}

// geneve returns an expression that begins with geneve: elsewhere, it changes what
// everything to its right means even for frames that have none.
func (g generator) geneve(n int) *tree {
	x := &tree{kind: primitive, text: "geneve"}
	if g.in(2) {
		x.text += " " + spelled(g.random, pick(g.random, networkIDs))
	}
	if g.in(6) {
		return x
	}
	inside := g
	inside.link = filter.Ethernet // what is inside may be that
	return &tree{kind: conjunction, kids: []*tree{x, inside.condition(n)}}
}

// style returns a spelling, often the plain one.
func (g generator) style() uint {
	if g.in(3) {
		return 0
	}
	return uint(g.IntN(1 << styleBits))
}

func (g generator) primitive() *tree {
	ethernet, cooked := g.link == filter.Ethernet, g.link != filter.Ethernet && g.hasTypes()
	only := func(here bool, weight int) int {
		if here || g.in(200) {
			return weight
		}
		return 0
	}
	tags := 12
	switch {
	case g.tags:
		tags = 30
	case g.chain:
		tags = 0 // behind a tag that is not there, any octets are headers
	}
	return weighted(g.random, []choice[func() *tree]{
		{20, g.protocol},
		{only(ethernet || cooked, 10), g.linkProtocol},
		{28, g.ident},
		{only(ethernet, 8), g.etherHost},
		{only(ethernet, tags), g.tag},
		{only(ethernet || cooked, 3), g.llc},
		{6, g.cast},
		{8, g.proto},
		{3, g.length},
		{3, g.octet},
		{20, g.relation},
		{only(cooked || g.live, 3), g.direction},
	})()
}

func words(g generator, list string) *tree {
	return &tree{kind: primitive, text: pick(g.random, strings.Fields(list))}
}

// protocol returns the name of a protocol that IP has to do with.
func (g generator) protocol() *tree {
	list := "ip ip ip6 ip6 tcp tcp udp udp sctp icmp icmp6 igmp igrp pim vrrp carp ah esp"
	if g.hasTypes() || g.in(20) {
		list += " arp rarp"
	}
	return words(g, list)
}

// hasTypes says that there are more protocols than IP on links of the type.
func (g generator) hasTypes() bool {
	return g.link == filter.Ethernet || g.link == filter.LinuxSLL || g.link == filter.LinuxSLL2
}

func (g generator) linkProtocol() *tree {
	return words(g, "atalk aarp decnet lat sca moprc mopdl iso esis es-is isis is-is clnp l1 l2 iih lsp snp csnp psnp stp ipx netbeui")
}

// ident returns a host, a net, a port or a range.
func (g generator) ident() *tree {
	direction := ""
	switch {
	case g.in(2):
		direction = pick(g.random, []string{"src", "dst", "src or dst", "dst or src", "src and dst", "dst and src"})
	}
	x := &tree{kind: ident, style: g.style()}
	proto, of := "", ""
	protos := []string{"", "", "ip", "arp", "rarp"}
	if !g.hasTypes() && !g.in(20) {
		protos = protos[:3]
	}
	switch g.IntN(10) {
	case 0, 1:
		proto, of = pick(g.random, protos), "host"
		x.text = pick(g.random, addrs4)
	case 2:
		proto, of = pick(g.random, []string{"", "ip6"}), "host"
		x.text = pick(g.random, addrs6)
	case 3, 4:
		proto, of = pick(g.random, protos), "net"
		x.text = pick(g.random, nets4)
	case 5:
		proto, of = pick(g.random, []string{"", "ip6"}), "net"
		x.text = pick(g.random, nets6)
	case 6, 7, 8:
		proto, of = pick(g.random, []string{"", "", "tcp", "udp", "sctp"}), "port"
		x.text = g.port()
	case 9:
		proto, of = pick(g.random, []string{"", "", "tcp", "udp", "sctp"}), "portrange"
		x.text = g.port() + "-" + g.port()
		if g.in(5) {
			x.text = pick(g.random, []string{"domain-snmp", "domain-80", "80-snmp", "snmp-domain"})
		}
		if g.in(4) {
			x.text = g.port()
		}
	}
	if of == "host" && g.in(3) && (proto+direction != "" || strings.Contains(x.text, ".")) {
		of = "" // an address alone is a host
	}
	if of == "net" && g.in(4) && strings.Contains(x.text, "/") {
		of = ""
	}
	x.quals = strings.Join(strings.Fields(proto+" "+direction+" "+of), " ")
	if x.quals == "" {
		x.quals = "host"
		if strings.Contains(x.text, "/") {
			x.quals = "net"
		}
	}
	return x
}

func (g generator) port() string {
	p := pick(g.random, ports)
	if name := portNames[p]; name != "" && g.in(2) {
		return name
	}
	return fmt.Sprint(p)
}

func (g generator) etherHost() *tree {
	if g.in(6) {
		node := pick(g.random, decnetNodes)
		return &tree{
			kind: ident, quals: pick(g.random, []string{"decnet host", "decnet src", "decnet dst", "decnet src and dst host"}),
			text: fmt.Sprintf("%d.%d", node>>10, node&1023), style: g.style(),
		}
	}
	mac := pick(g.random, macs)
	if g.in(6) {
		mac = strings.ReplaceAll(mac, ":", "-")
	}
	return &tree{
		kind: ident, quals: pick(g.random, []string{"ether host", "ether src", "ether dst", "ether src host", "ether src and dst", "ether dst or src", "link host", "wlan dst", "fddi src"}),
		text: mac, style: g.style(),
	}
}

// tag returns what changes where everything to its right looks.
func (g generator) tag() *tree {
	x := &tree{kind: primitive}
	has := g.in(2)
	switch g.IntN(7) {
	case 0, 1, 2:
		x.text = "vlan"
		if has {
			x.text += " " + spelled(g.random, pick(g.random, vlanIDs))
		}
	case 3, 4:
		x.text = "mpls"
		if has {
			x.text += " " + spelled(g.random, pick(g.random, labels))
		}
	case 5:
		x.text = "pppoes"
		if has {
			x.text += " " + spelled(g.random, pick(g.random, sessions))
		}
	case 6:
		x.text = "pppoed"
	}
	return x
}

func (g generator) llc() *tree {
	if g.in(4) {
		return &tree{kind: primitive, text: "llc"}
	}
	return &tree{kind: primitive, text: "llc " + pick(g.random, strings.Fields("i s u rr rnr rej ui ua disc dm sabme test xid frmr I UI"))}
}

// cast returns a broadcast or multicast primitive.
func (g generator) cast() *tree {
	list := []string{"ip multicast", "ip6 multicast", "ip broadcast"}
	if g.link == filter.Ethernet || g.in(30) {
		list = append(list, "broadcast", "multicast", "ether broadcast", "ether multicast")
	}
	return &tree{kind: primitive, text: pick(g.random, list)}
}

// proto returns a protocol by its number or name.
func (g generator) proto() *tree {
	x := &tree{kind: ident, style: g.style()}
	kind := g.IntN(11)
	if !g.hasTypes() && !g.in(20) {
		kind = 0
	}
	if g.chain && g.in(2) {
		kind = 11
	}
	switch kind {
	case 0, 1, 2, 3:
		x.quals = pick(g.random, []string{"proto", "ip proto", "ip6 proto"})
		if x.text = spelled(g.random, pick(g.random, ipProtos)); g.in(3) {
			x.text = `\` + pick(g.random, protoNames)
		}
	case 4, 5, 6, 7:
		x.quals = pick(g.random, []string{"ether proto", "ether proto", "ether proto", "link proto", "ppp proto"})
		switch g.IntN(5) {
		case 4:
			x.text = spelled(g.random, pick(g.random, pppProtocols))
		case 0, 1:
			x.text = spelled(g.random, pick(g.random, etherTypes))
		case 2:
			x.text = spelled(g.random, pick(g.random, saps))
		case 3:
			x.text = `\` + pick(g.random, strings.Fields("ip ip6 arp rarp atalk aarp decnet lat sca moprc mopdl iso stp ipx netbeui"))
		}
	case 8, 9:
		x.quals = "iso proto"
		if x.text = spelled(g.random, pick(g.random, osiProtocols)); g.in(2) {
			x.text = `\` + pick(g.random, strings.Fields("clnp esis isis"))
		}
	case 10:
		x.quals, x.text = "isis proto", spelled(g.random, pick(g.random, isisPDUs))
	default:
		x.quals, x.text = pick(g.random, []string{"protochain", "ip protochain", "ip6 protochain"}), spelled(g.random, pick(g.random, ipProtos))
	}
	return x
}

func (g generator) length() *tree {
	return &tree{kind: primitive, text: pick(g.random, []string{"less ", "greater "}) + spelled(g.random, pick(g.random, lengths)+g.IntN(3)-1)}
}

func (g generator) octet() *tree {
	op := pick(g.random, strings.Fields("= < >"))
	if g.in(10) {
		op = pick(g.random, strings.Fields("& |"))
	}
	return &tree{kind: primitive, text: fmt.Sprintf("byte %d %s %s", g.IntN(60), op, spelled(g.random, g.IntN(256)))}
}

func (g generator) direction() *tree {
	if (g.link == filter.LinuxSLL2 || g.live) && g.in(2) {
		return &tree{kind: primitive, text: "ifindex " + spelled(g.random, pick(g.random, interfaces))}
	}
	return words(g, "inbound outbound")
}
