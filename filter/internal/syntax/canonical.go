package syntax

import (
	"fmt"
	"strings"
)

// Canonical returns a condition as an expression in which everything is spelled
// out: all qualifiers, numbers instead of names, "and", "or" and "not", and
// parentheses wherever "and" and "or" meet, for the sake of readers who do not
// expect them to bind equally. It can be parsed without looking anything up,
// into a tree with the same meaning. Nil gives "".
func Canonical(n Node) string {
	if n == nil {
		return ""
	}
	n = plain(n)
	c := canonical{}
	c.reaches(n, false)
	c.condition(n)
	return c.text.String()
}

// plain returns a condition without what only names can say: hosts with several
// addresses, and gateways.
func plain(n Node) Node {
	switch n := n.(type) {
	case *And:
		a := &And{Span: n.Span}
		for _, x := range n.List {
			a.List = append(a.List, list[*And](plain(x))...)
		}
		return a
	case *Or:
		o := &Or{Span: n.Span}
		for _, x := range n.List {
			o.List = append(o.List, list[*Or](plain(x))...)
		}
		return o
	case *Not:
		return &Not{n.Span, plain(n.X)}
	case *Host:
		if len(n.Nets) == 1 {
			return n
		}
		o := &Or{Span: n.Span}
		for _, net := range n.Nets {
			o.List = append(o.List, &Host{n.Span, n.Protocol, n.Direction, n.IsNet, []Net{net}, ""})
		}
		return o
	case *Gateway:
		h := &Host{Span: n.Span, Protocol: n.Protocol}
		for _, a := range n.Addrs {
			h.Nets = append(h.Nets, wholeAddress(a))
		}
		return &And{n.Span, []Node{&EtherHost{Span: n.Span, MAC: n.MAC}, &Not{n.Span, plain(h)}}}
	case *Port:
		if transports := n.transports(); len(transports) == 2 {
			o := &Or{Span: n.Span}
			for _, p := range transports {
				o.List = append(o.List, &Port{
					n.Span, n.Direction, n.IsRange, n.Low, n.High, p == TCP, p == UDP, p == SCTP,
				})
			}
			return o
		}
	}
	return n
}

// transports returns the protocols that a port is of.
func (n *Port) transports() []Protocol {
	var ps []Protocol
	for _, t := range [...]struct {
		is bool
		p  Protocol
	}{{n.TCP, TCP}, {n.UDP, UDP}, {n.SCTP, SCTP}} {
		if t.is {
			ps = append(ps, t.p)
		}
	}
	return ps
}

// canonical writes an expression.
type canonical struct {
	text strings.Builder

	// Conditions that stand in parentheses although they are not joined
	// ones. Where hosts are in force, "mld" would be the name of one;
	// after "(host a)" they are not.
	enclosed map[Node]bool
}

// reaches tells whether the qualifiers in force before a condition are those
// that a word in it, or after it, would take. What comes after it is known.
func (c *canonical) reaches(n Node, after bool) bool {
	switch n := n.(type) {
	case *Word:
		return true
	case *Not:
		return c.reaches(n.X, after)
	case *And:
		return c.reachInto(n.List) || after
	case *Or:
		return c.reachInto(n.List) || after
	case *Host, *EtherHost, *DECnetHost:
		if after {
			if c.enclosed == nil {
				c.enclosed = map[Node]bool{}
			}
			c.enclosed[n] = true
		}
		return after
	}
	return false
}

func (c *canonical) reachInto(list []Node) bool {
	reaches := false
	for i := len(list) - 1; i >= 0; i-- {
		reaches = c.reaches(list[i], reaches)
	}
	return reaches
}

// condition writes a condition.
func (c *canonical) condition(n Node) {
	switch n := n.(type) {
	case *And:
		c.joined(n.List, " and ")
	case *Or:
		c.joined(n.List, " or ")
	case *Not:
		c.text.WriteString("not ")
		c.operand(n.X)
	default:
		c.text.WriteString(primitiveText(n))
	}
}

func (c *canonical) joined(list []Node, by string) {
	for i, n := range list {
		if i > 0 {
			c.text.WriteString(by)
		}
		c.operand(n)
	}
}

// operand writes a condition that is part of another.
func (c *canonical) operand(n Node) {
	switch n.(type) {
	case *And, *Or:
	default:
		if !c.enclosed[n] {
			c.condition(n)
			return
		}
	}
	c.text.WriteByte('(')
	c.condition(n)
	c.text.WriteByte(')')
}

// primitiveText returns a primitive as an expression.
func primitiveText(n Node) string {
	switch n := n.(type) {
	case *Proto:
		return n.Protocol.String()
	case *Host:
		word := "host "
		if n.IsNet || !n.Nets[0].isAddress() {
			word = "net "
		}
		return n.Protocol.qualifier() + n.Direction.qualifier() + word + n.Nets[0].String()
	case *EtherHost:
		return "ether " + n.Direction.qualifier() + "host " + n.MAC.String()
	case *DECnetHost:
		return fmt.Sprintf("decnet %shost %d.%d", n.Direction.qualifier(), n.Address>>10, n.Address&0x3ff)
	case *Port:
		return n.String()
	case *ProtoNumber:
		if n.Protocol == Link {
			return "ether proto " + etherTypeText(n.Number)
		}
		return n.Protocol.qualifier() + "proto " + decimal(n.Number)
	case *ProtoChain:
		return n.Protocol.qualifier() + "protochain " + decimal(n.Number)
	case *Broadcast:
		return n.Protocol.qualifier() + "broadcast"
	case *Multicast:
		return n.Protocol.qualifier() + "multicast"
	case *Length:
		if n.Greater {
			return "greater " + decimal(n.Bytes)
		}
		return "less " + decimal(n.Bytes)
	case *Byte:
		return fmt.Sprintf("byte %d %c %d", n.Offset, n.Op, n.Value)
	case *Outbound:
		if n.Inbound {
			return "inbound"
		}
		return "outbound"
	case *Interface:
		return "ifindex " + decimal(n.Index)
	case *LLC:
		return strings.TrimSuffix("llc "+n.Kind, " ")
	case *Relation:
		var b strings.Builder
		writeArith(&b, n.X, false)
		b.WriteString(" " + n.Op + " ")
		writeArith(&b, n.Y, false)
		return b.String()
	case *Group:
		return "group " + n.Net.String()
	case *Word:
		return n.Word
	}
	return encapsulationText(n)
}

// etherTypeText returns the type of an Ethernet frame in four digits, or an
// access point of 802.2 in two.
func etherTypeText(n uint32) string {
	if n > 0xff {
		return fmt.Sprintf("0x%04x", n)
	}
	return fmt.Sprintf("0x%02x", n)
}

// encapsulationText returns a primitive that changes where those after it look,
// as an expression.
func encapsulationText(n Node) string {
	withNumber := func(word string, has bool, number uint32) string {
		if has {
			return word + " " + decimal(number)
		}
		return word
	}
	switch n := n.(type) {
	case *VLAN:
		return withNumber("vlan", n.Has, n.ID)
	case *MPLS:
		return withNumber("mpls", n.Has, n.Label)
	case *PPPoED:
		return "pppoed"
	case *PPPoES:
		return withNumber("pppoes", n.Has, n.Session)
	case *Geneve:
		return withNumber("geneve", n.Has, n.VNI)
	}
	panic(fmt.Sprintf("syntax: no expression for %T", n))
}

// String returns the primitive as an expression.
func (n *Port) String() string {
	of := ""
	if t := n.transports(); len(t) == 1 {
		of = t[0].qualifier()
	}
	of += n.Direction.qualifier()
	if n.IsRange {
		return fmt.Sprintf("%sportrange %d-%d", of, n.Low, n.High)
	}
	return fmt.Sprintf("%sport %d", of, n.Low)
}

// qualifier returns the words for a protocol before others.
func (p Protocol) qualifier() string {
	if p == NoProtocol {
		return ""
	}
	return p.String() + " "
}

// qualifier returns the words for a direction before others.
func (d Direction) qualifier() string {
	switch d {
	case Source:
		return "src "
	case Destination:
		return "dst "
	case BothDirections:
		return "src and dst "
	}
	return ""
}
