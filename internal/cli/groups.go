package cli

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mcast"
	"mcast/internal/membership"
	"mcast/internal/view"
	"mcast/internal/view/json"
	"mcast/internal/view/text"
)

// groupsOptions is what `mcast groups` was asked for.
type groupsOptions struct {
	groups     []mcast.Group
	blocks     []netip.Prefix // of more groups than a Group may have
	interfaces []string
	pid        int
	ipv4, ipv6 bool
	json       bool
	follow     bool
	exec       string
	timeout    time.Duration
	readyFile  string
}

func groupsCommand(stdio IO) *cobra.Command {
	var o groupsOptions
	cmd := &cobra.Command{
		Use:   "groups [GROUP...]",
		Short: "Show who has joined what, and follow it",
		Long: `Show who has joined which group on which interface: the processes and their
sockets, which sources they want, and the version of IGMP or MLD in use there.
With GROUP, only that group or block is shown.

Everybody sees which groups the interfaces have joined. Sockets of processes of
other users, and their sources, take the rights to look into these (root, or
CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH); what cannot be looked into is shown as
unknown, and a line on standard error says why.

With --follow, joins, leaves and changes are printed as they happen, after who
has joined what at the beginning. The kernel announces the first membership of
an interface in a group and the end of the last one (Linux 6.14); what else
sockets do is found by a look each second and marked "rescan".

With CAP_NET_RAW, what IGMP and MLD messages tell is printed too: which other
hosts join and leave (who is in a group already is heard of when a querier asks),
who asks, and which querier is elected, its version and its interval. That is what
arrives here: switches that snoop keep reports of other hosts away. Network cards
are asked for all groups meanwhile (allmulticast, not promiscuous), or they would
drop reports; a card that wrongly drops a group works for as long. Messages in a
VLAN are those of the VLAN's interface.

--exec runs a command for each event, one at a time and in order, with the event
on its standard input as a JSON object. The command is split at spaces into a
program and its arguments, and no shell is involved; what it prints goes to
standard error. It has the rights of whoever runs mcast, root's for root, and none
that mcast has from its own file.

Before it follows, mcast gives up every right but the three above; with --pid it
enters the network namespace first, which takes CAP_SYS_ADMIN. For root, a second
process (mcast-beside) then runs the command, where mcast was started, and a third
one (mcast-files) makes the ready file.`,
		Example: `  mcast groups
  mcast groups 239.0.0.0/12 -i eth0
  mcast groups --pid $(pgrep -x vlc) --json
  mcast groups --follow --exec ./changed.sh`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.parse(cmd, args); err != nil {
				return err
			}
			return groups(cmd.Context(), &o, stdio)
		},
	}
	f := cmd.Flags()
	f.StringSliceVarP(&o.interfaces, "interface", "i", nil, "only this `interface`: a name, an index, or an address it owns; repeatable (default all)")
	f.IntVar(&o.pid, "pid", 0, "look into the network namespace of the process with this `number`")
	f.BoolVarP(&o.ipv4, "ipv4", "4", false, "only IPv4")
	f.BoolVarP(&o.ipv6, "ipv6", "6", false, "only IPv6")
	f.BoolVar(&o.json, "json", false, "print JSON, an object a line")
	f.BoolVarP(&o.follow, "follow", "f", false, "go on and print what changes")
	f.StringVar(&o.exec, "exec", "", "with --follow, run this `command` for each event")
	f.DurationVar(&o.timeout, "timeout", 0, "with --follow, end after this `time`")
	f.StringVar(&o.readyFile, "ready-file", "", "with --follow, make this `file` once nothing can be missed")
	return cmd
}

// parse checks what needs no look at the machine.
func (o *groupsOptions) parse(cmd *cobra.Command, args []string) error {
	for _, arg := range args {
		switch p, err := netip.ParsePrefix(arg); {
		case err == nil && isMulticast(p):
			o.blocks = append(o.blocks, p.Masked())
			continue
		case err == nil && p.Addr().IsMulticast():
			return usagef("all groups are 224.0.0.0/4 and ff00::/8", "%s: there are other addresses than groups in it", arg)
		}
		g, err := mcast.ParseGroup(arg)
		switch {
		case err != nil:
			return err
		case g.Port != 0:
			return usagef("leave the port out", "%s: hosts join a group as a whole, whatever the port", g)
		case len(g.Sources) > 0:
			return usagef("leave the sources out: those that are wanted are shown", "%s: groups are chosen without sources", g)
		}
		o.groups = append(o.groups, g)
	}
	if err := noEmptyFlags(cmd); err != nil {
		return err
	}
	set := cmd.Flags().Changed
	switch {
	case set("pid") && o.pid <= 0:
		return usagef("pgrep NAME finds the number of a process", "--pid: %d is no number of a process", o.pid)
	case !o.follow && (set("exec") || set("timeout") || set("ready-file")):
		return usagef("add --follow", "--exec, --timeout and --ready-file are for --follow")
	case set("exec") && len(strings.Fields(o.exec)) == 0:
		return usagef("for example --exec ./changed.sh", "--exec is blank")
	case set("timeout") && o.timeout <= 0:
		return usagef("for example --timeout 10s", "--timeout is longer than nothing")
	}
	return nil
}

// isMulticast reports whether a block has groups only.
func isMulticast(p netip.Prefix) bool {
	least := 8 // ff00::/8
	if p.Addr().Is4() {
		least = 4 // 224.0.0.0/4
	}
	return p.Addr().IsMulticast() && p.Bits() >= least
}

// groups shows who has joined what.
func groups(ctx context.Context, o *groupsOptions, stdio IO) error {
	var access followAccess
	if o.follow {
		var done bool
		var err error
		if access, done, err = limitFollowing(ctx, o, stdio); done || err != nil {
			return err
		}
		defer access.close()
	}
	host, err := membership.Open(membership.Config{PID: o.pid})
	if err != nil {
		return err
	}
	defer host.Close()
	chosen, err := o.choose(host)
	if err != nil {
		return err
	}
	if o.follow {
		return followAll(ctx, o, &access, host, chosen, stdio)
	}
	r, err := host.ListOf(chosen.has)
	if err != nil {
		return err
	}
	out := &output{w: stdio.Out, name: "standard output"}
	if err := printMemberships(out, o, chosen.memberships(r), stdio); err != nil {
		return err
	}
	if err := out.flush(); err != nil {
		return err
	}
	warnHidden(stdio.Err, r, chosen)
	return nil
}

// printMemberships prints what was found, and for people that nothing was.
func printMemberships(out *output, o *groupsOptions, list []view.Membership, stdio IO) error {
	if o.json {
		p := json.New(out)
		for i := range list {
			if err := p.Membership(&list[i]); err != nil {
				return err
			}
		}
		return nil
	}
	if len(list) == 0 {
		what := "any group"
		if names := o.names(); len(names) > 0 {
			what = listed(names)
		}
		_, _ = fmt.Fprintf(stdio.Err, "nobody has joined %s here\n", what)
		return nil
	}
	return text.Memberships(out, list)
}

// names are the groups and blocks that were asked for.
func (o *groupsOptions) names() (list []string) {
	for _, g := range o.groups {
		list = append(list, g.String())
	}
	for _, p := range o.blocks {
		list = append(list, p.String())
	}
	return list
}

// choice is which memberships are to be shown.
type choice struct {
	o     *groupsOptions
	names []string // of interfaces
	index []int
	every bool // interface
}

// choose finds the interfaces that were named.
func (o *groupsOptions) choose(host *membership.Host) (*choice, error) {
	c := &choice{o: o, every: len(o.interfaces) == 0}
	for _, selector := range o.interfaces {
		if selector == mcast.AllInterfaces {
			c.every = true
			continue
		}
		found, err := ownInterface(host, selector)
		switch {
		case err != nil:
			return nil, err
		case found.Name == selector:
			c.names = append(c.names, selector)
		default:
			c.index = append(c.index, found.Index)
		}
	}
	for i := range o.groups {
		if g := &o.groups[i]; g.Interface != "" {
			found, err := ownInterface(host, g.Interface)
			if err != nil {
				return nil, err
			}
			g.Interface = found.Name
		}
	}
	return c, nil
}

// ownInterface finds an interface of the host by its name, its index or an
// address that it owns, in this order.
func ownInterface(host *membership.Host, selector string) (*membership.Interface, error) {
	interfaces, err := host.Interfaces()
	if err != nil {
		return nil, err
	}
	index, notIndex := strconv.Atoi(selector)
	addr, notAddr := netip.ParseAddr(selector)
	for _, is := range []func(i *membership.Interface) bool{
		func(i *membership.Interface) bool { return i.Name == selector },
		func(i *membership.Interface) bool { return notIndex == nil && i.Index == index },
		func(i *membership.Interface) bool {
			return notAddr == nil && slices.Contains(i.Addrs, addr.WithZone("")) && (addr.Zone() == "" || addr.Zone() == i.Name)
		},
	} {
		if i := slices.IndexFunc(interfaces, func(i membership.Interface) bool { return is(&i) }); i >= 0 {
			return &interfaces[i], nil
		}
	}
	var names []string
	for _, i := range interfaces {
		names = append(names, text.Name(i.Name))
	}
	return nil, &mcast.Error{Op: "look", Interface: selector, Err: mcast.ErrNoInterface, Advice: "interfaces here: " + strings.Join(names, ", ")}
}

// has reports whether a membership is to be shown.
func (c *choice) has(group netip.Addr, name string, index int) bool {
	if c.o.ipv4 != c.o.ipv6 && group.Is4() != c.o.ipv4 {
		return false
	}
	if !c.every && !slices.Contains(c.names, name) && !slices.Contains(c.index, index) {
		return false
	}
	if slices.ContainsFunc(c.o.blocks, func(p netip.Prefix) bool { return p.Contains(group) }) {
		return true
	}
	return len(c.o.groups)+len(c.o.blocks) == 0 || slices.ContainsFunc(c.o.groups, func(g mcast.Group) bool {
		return g.Contains(group) && (g.Interface == "" || g.Interface == name)
	})
}

// hasSome reports whether memberships of a family on an interface, which is one of
// those chosen, may be to be shown.
func (c *choice) hasSome(ipv4 bool, name string) bool {
	if c.o.ipv4 != c.o.ipv6 && ipv4 != c.o.ipv4 {
		return false
	}
	return len(c.o.groups)+len(c.o.blocks) == 0 ||
		slices.ContainsFunc(c.o.blocks, func(p netip.Prefix) bool { return p.Addr().Is4() == ipv4 }) ||
		slices.ContainsFunc(c.o.groups, func(g mcast.Group) bool {
			return g.Addr.Is4() == ipv4 && (g.Interface == "" || g.Interface == name)
		})
}

// memberships returns those of a report that are to be shown.
func (c *choice) memberships(r *membership.Report) []view.Membership {
	var list []view.Membership
	for i := range r.Memberships {
		m := &r.Memberships[i]
		if !c.has(m.Group, m.Interface, m.Index) {
			continue
		}
		v := view.Membership{
			Interface: m.Interface, Group: m.Group, Wants: wants(m.Filter), Version: m.Version.String(), VersionSource: string(m.Version.Source),
			Users: m.Users, Kernel: m.Kernel, Unknown: m.Unknown,
		}
		for j := range m.Sockets {
			v.Sockets = append(v.Sockets, *memberSocket(&m.Sockets[j]))
		}
		for _, l := range m.Listed {
			v.Listed = append(v.Listed, view.ListedSource(l))
		}
		list = append(list, v)
	}
	return list
}

func wants(f membership.Filter) view.Sources {
	return view.Sources{Mode: string(f.Mode), List: f.Sources}
}

func memberSocket(s *membership.Socket) *view.MemberSocket {
	return &view.MemberSocket{PID: s.PID, Command: s.Command, Inode: s.Inode, Protocol: s.Protocol, Local: s.Local, Wants: wants(s.Filter)}
}

// warnHidden says what could not be looked into, if it matters for what is shown.
func warnHidden(w io.Writer, r *membership.Report, c *choice) {
	if !slices.ContainsFunc(r.Memberships, func(m membership.Membership) bool {
		return m.Unknown > 0 && c.has(m.Group, m.Interface, m.Index)
	}) {
		return
	}
	h := &r.Hidden
	var why []string
	switch {
	case h.NoBorrow:
		why = append(why, "this kernel lends no sockets of other processes (Linux before 5.6, or forbidden)")
	case h.Processes == 1:
		why = append(why, "the sockets of 1 process may not be looked into")
	case h.Processes > 1:
		why = append(why, fmt.Sprintf("the sockets of %d processes may not be looked into", h.Processes))
	}
	if h.Others {
		why = append(why, "there may be processes that are not listed here")
	}
	warn(w, "not all users are known: %s", strings.Join(why, "; "))
	if len(h.Candidates) > 0 {
		const most = 8
		var list []string
		for i, s := range h.Candidates {
			if i == most {
				list = append(list, fmt.Sprintf("… (%d in all)", len(h.Candidates)))
				break
			}
			list = append(list, fmt.Sprintf("%s %v of user %d", s.Protocol, s.Local, s.UID))
		}
		warn(w, "sockets that may have joined: %s", strings.Join(list, ", "))
	}
	if !h.NoBorrow && h.Processes > 0 {
		_, _ = fmt.Fprintln(w, "hint: root, or CAP_SYS_PTRACE with CAP_DAC_READ_SEARCH, sees them: sudo mcast groups")
	}
}
