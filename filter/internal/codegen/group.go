package codegen

import (
	"slices"

	"mcast/filter/internal/assigned"
	"mcast/filter/internal/flow"
	"mcast/filter/internal/syntax"
)

// groupRecords is how many records of a report "group" searches. A report with
// more is kept.
const groupRecords = 8

// Types of IGMP messages (RFC 9776, section 4) and of MLD messages (RFC 9777,
// section 5).
const (
	igmpQuery    = 0x11
	igmpReportV1 = 0x12
	igmpReportV2 = 0x16
	igmpLeave    = 0x17
	igmpReportV3 = 0x22

	mldQuery    = 130
	mldReportV1 = 131
	mldDone     = 132
	mldReportV2 = 143
)

// groups is "group … or group …", or "not group … and not group …", of one address
// family at one place: the records of a report are searched for all of them at once.
type groups struct {
	first  *syntax.Group
	layers layers
	cond   int // where the condition is among those that are joined
	nets   []syntax.Net
}

// joined returns what conditions mean that are joined by "or", or, if negated is
// true, by "and". Those that are groups, or then negated ones, become one where the
// first of them stands.
func (g *generator) joined(list []syntax.Node, negated bool) []flow.Cond {
	conds := make([]flow.Cond, 0, len(list))
	var all []groups
	for _, n := range list {
		group, ok := groupOf(n, negated)
		if !ok {
			conds = append(conds, g.cond(n))
			continue
		}
		i := slices.IndexFunc(all, func(j groups) bool {
			return j.layers == g.layers && j.first.Net.Addr.Is4() == group.Net.Addr.Is4()
		})
		if i < 0 {
			i = len(all)
			all = append(all, groups{first: group, layers: g.layers, cond: len(conds)})
			conds = append(conds, flow.False)
		}
		all[i].nets = append(all[i].nets, group.Net)
	}
	last := g.layers
	for _, j := range all {
		g.layers = j.layers
		c := g.bounded(j.first, func() flow.Cond { return g.group(j.nets...) })
		if negated {
			c = c.Not()
		}
		conds[j.cond] = c
	}
	g.layers = last
	return conds
}

// groupOf returns the group that a condition is, or is the negation of.
func groupOf(n syntax.Node, negated bool) (group *syntax.Group, ok bool) {
	if negated {
		not, ok := n.(*syntax.Not)
		if !ok {
			return nil, false
		}
		n = not.X
	}
	group, ok = n.(*syntax.Group)
	return group, ok
}

// group is the extension "group": addressed to a group, or IGMP or MLD that
// speaks of it. The groups are of one address family.
func (g *generator) group(nets ...syntax.Net) flow.Cond {
	is4 := nets[0].Addr.Is4()
	anyOf := func(p place) flow.Cond {
		conds := make([]flow.Cond, len(nets))
		for i, net := range nets {
			if is4 {
				conds[i] = g.address4(p, net)
			} else {
				conds[i] = g.words6(p, net)
			}
		}
		return flow.Any(conds...)
	}
	if is4 {
		return g.group4(anyOf)
	}
	return g.group6(anyOf)
}

// group4 takes what compares the IPv4 address at a place.
func (g *generator) group4(matches func(place) flow.Cond) flow.Cond {
	message := g.transport4()
	return flow.All(g.linkProtocol(assigned.EtherIP), flow.Any(
		matches(g.networkHeader().plus(16)),
		flow.All(g.carries4(assigned.ProtoIGMP), g.firstFragment4(), flow.Any(
			flow.All(
				g.oneOf(message, igmpQuery, igmpReportV1, igmpReportV2, igmpLeave),
				matches(message.plus(4)),
			),
			flow.All(
				g.is(1, message, 0, igmpReportV3),
				g.records(message, 4, matches),
			),
		)),
	))
}

// group6 takes what compares the IPv6 address at a place.
func (g *generator) group6(matches func(place) flow.Cond) flow.Cond {
	message := func(m place) flow.Cond {
		return flow.Any(
			flow.All(
				g.oneOf(m, mldQuery, mldReportV1, mldDone),
				matches(m.plus(8)),
			),
			flow.All(
				g.is(1, m, 0, mldReportV2),
				g.records(m, 16, matches),
			),
		)
	}
	first := g.transport6()
	length := g.Binary(flow.Mul, g.read(1, first, 1), g.Const(8))
	return flow.All(g.linkProtocol(assigned.EtherIP6), flow.Any(
		matches(g.networkHeader().plus(24)),
		// MLD comes behind a hop-by-hop header with a router alert.
		flow.All(g.carries6(assigned.ProtoHopByHop), g.is(1, first, 0, assigned.ProtoICMP6),
			message(g.behind(first.plus(8), length))),
		flow.All(g.carries6(assigned.ProtoICMP6), message(first)),
	))
}

// oneOf compares the type of a message.
func (g *generator) oneOf(message place, types ...uint32) flow.Cond {
	conds := make([]flow.Cond, len(types))
	for i, t := range types {
		conds[i] = g.is(1, message, 0, t)
	}
	return flow.Any(conds...)
}

// records searches the records of an IGMPv3 or MLDv2 report, whose addresses
// have size bytes. A record is: type, length of auxiliary data in units of 4
// bytes, number of sources (2 bytes), group, sources, auxiliary data.
func (g *generator) records(message place, size uint32, matches func(place) flow.Cond) flow.Cond {
	count := g.read(2, message, 6)
	more := func(than uint32) flow.Cond { return flow.Compare(flow.Greater, count, g.Const(than)) }
	var from func(i uint32, record place) flow.Cond
	from = func(i uint32, record place) flow.Cond {
		if i == groupRecords {
			return flow.False // with more, it would have been kept already
		}
		moved := flow.True
		if i > 0 {
			moved = g.nextRecord(&record, size)
		}
		return flow.All(more(i), moved, flow.Any(matches(record.plus(4)), from(i+1, record)))
	}
	// A report with more is found to be one first, so that it is kept whether
	// or not its records are all there.
	return flow.Any(more(groupRecords), from(0, message.plus(8)))
}

// nextRecord moves on to the next record.
func (g *generator) nextRecord(record *place, size uint32) flow.Cond {
	sources := g.Binary(flow.Mul, g.read(2, *record, 2), g.Const(size))
	auxiliary := g.Binary(flow.Mul, g.read(1, *record, 1), g.Const(4))
	length := g.Binary(flow.Add, g.Binary(flow.Add, sources, auxiliary), g.Const(4+size))
	next, cursor := g.behind(*record, length), g.NewVariable(cursorCell)
	*record = place{next.offset, g.Variable(cursor)}
	return flow.Assign(cursor, next.variable)
}
