// Package observe finds out how a group reaches a host of a lab, or why it does not: what the
// host's kernel says, what is seen on its links, and what follows from both.
package observe

import (
	"fmt"
	"net/netip"
	"strings"
)

// Reception is how a group reaches a host or does not: what its kernel says, and what was
// seen on its links.
type Reception struct {
	Host       string
	Group      netip.AddrPort
	Route      string // the interface of the kernel's route to the group; empty: there is no route
	Interfaces []Interface
}

// Interface is what concerns an interface of the host.
type Interface struct {
	Name      string
	Addresses []netip.Prefix
	Joined    bool // its kernel says that it is in the group there

	// Frames that were seen on its link, each as a line: IGMP and MLD reports of
	// the group that left, and datagrams to the group and port that arrived.
	Reports, Datagrams []string
}

// Explanation is what follows from a Reception, by the name that programs know it by.
type Explanation string

// The explanations.
const (
	Received       Explanation = "received"         // it arrives where it was joined, and was received
	JoinedOther    Explanation = "joined_elsewhere" // it arrives by an interface, and another one has joined
	JoinedNowhere  Explanation = "not_joined"       // it arrives, and no interface has joined
	ArrivesNowhere Explanation = "does_not_arrive"  // it does not arrive
	Unexplained    Explanation = "unexplained"      // neither of these: what is seen is not why
)

// Explain says what follows of a program that has received the group, or has not.
func (r *Reception) Explain(got bool) Explanation {
	joined, arrives, both := r.where()
	switch {
	case got && len(both) > 0:
		return Received
	case got:
		return Unexplained
	case len(arrives) == 0:
		return ArrivesNowhere
	case len(joined) == 0:
		return JoinedNowhere
	case len(both) == 0:
		return JoinedOther
	}
	return Unexplained
}

// where returns the interfaces on which the group was joined, by which it arrives, and
// for which both is true.
func (r *Reception) where() (joined, arrives, both []string) {
	for i := range r.Interfaces {
		n := &r.Interfaces[i]
		came := len(n.Datagrams) > 0
		if n.Joined {
			joined = append(joined, n.Name)
		}
		if came {
			arrives = append(arrives, n.Name)
		}
		if came && n.Joined {
			both = append(both, n.Name)
		}
	}
	return joined, arrives, both
}

// Words says the same in sentences, with the interfaces in them.
func (r *Reception) Words(got bool) []string {
	joined, arrives, both := r.where()
	var reported []string
	for i := range r.Interfaces {
		if len(r.Interfaces[i].Reports) > 0 {
			reported = append(reported, r.Interfaces[i].Name)
		}
	}
	group := r.Group.Addr()
	switch r.Explain(got) {
	case Received:
		words := []string{fmt.Sprintf("What is sent to %v arrives by %s, where %s has joined the group, and is received.", group, and(both), r.Host)}
		if joined[0] == r.Route && len(joined) == 1 {
			words = append(words, fmt.Sprintf("That is also the interface of the kernel's route to %v.", group))
		} else if r.Route != "" {
			words = append(words, fmt.Sprintf("The kernel's route to %v is still by %s, and does not matter to who names interfaces.", group, r.Route))
		}
		return words
	case JoinedOther:
		words := []string{
			fmt.Sprintf("%s is in %v on %s, and what is sent to %v arrives by %s. There the group is not joined, so the kernel drops it.",
				r.Host, group, and(joined), group, and(arrives)),
		}
		if len(reported) > 0 {
			words = append(words, fmt.Sprintf("The membership report left by %s: no switch or router on the side of %s has heard of this member.", and(reported), and(arrives)))
		}
		if len(joined) == 1 && joined[0] == r.Route {
			words = append(words, fmt.Sprintf("The route to %v is by %s: a program that joins on no particular interface (INADDR_ANY, 0.0.0.0) joins on that one, "+
				"and not on all.", group, r.Route))
		}
		way := netip.PrefixFrom(netip.AddrFrom4([4]byte{224}), 4)
		if group.Is6() {
			way = netip.PrefixFrom(netip.AddrFrom16([16]byte{0xff}), 8)
		}
		return append(words, fmt.Sprintf("Ways out: have the program join on %s by name or address, have it join on all interfaces, or have a route for %v by %s.",
			arrives[0], way, arrives[0]))
	case JoinedNowhere:
		return []string{fmt.Sprintf("What is sent to %v arrives by %s, and %s has joined the group on no interface.", group, and(arrives), r.Host)}
	case ArrivesNowhere:
		return []string{fmt.Sprintf("Nothing that is sent to %v port %d arrives at %s, by any interface.", group, r.Group.Port(), r.Host)}
	}
	if got {
		return []string{fmt.Sprintf("It was received, and was seen by no interface on which %v is joined.", group)}
	}
	return []string{fmt.Sprintf("%s is in %v on %s, and what is sent there arrives by it. That is not why nothing is received.", r.Host, group, and(both))}
}

func and(names []string) string {
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}
