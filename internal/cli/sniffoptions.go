package cli

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mcast"
	"mcast/capture"
	"mcast/filter"
)

// sniffOptions is what `mcast sniff` was asked for.
type sniffOptions struct {
	expression string
	filtered   bool // an expression was given
	from       string
	interfaces []string
	file       string
	output     string
	print      bool
	count      uint64
	timeout    time.Duration
	hexdump    bool
	tree       bool
	format     string
	json       bool
	quiet      bool
	join       []string
	groups     []mcast.Group
	promisc    bool
	snapLen    int
	superframe bool
	rotation   capture.Rotation
	rotateSize size
	readyFile  string
	schema     bool
}

// parse checks what needs no look at the machine.
func (o *sniffOptions) parse(cmd *cobra.Command, args []string) error {
	set := cmd.Flags().Changed
	if err := noEmptyFlags(cmd); err != nil {
		return err
	}
	o.expression, o.filtered = strings.Join(args, " "), len(args) > 0 || o.from != ""
	o.rotation.Size = int64(o.rotateSize.bytes)
	live := func(flag string) bool { return set("read") && set(flag) }
	switch {
	case o.from != "" && len(args) > 0:
		return usagef("leave out -F, or what comes after the flags", "the filter is either in a file or in the command line")
	case o.from == "-" && o.file == "-":
		return usagef("", "standard input is either the filter or the capture")
	case live("interface"), live("join"), live("promisc"), live("superframes"):
		return usagef("-r reads what was captured before", "--read excludes --interface, --join, --promisc and --superframes")
	case o.format != "line" && o.format != "scapy":
		return usagef("", "--format is line or scapy, not %q", o.format)
	case o.json && (set("format") || o.hexdump || o.tree):
		return usagef("--json prints every field", "--json excludes --format, --hexdump and --verbose")
	case o.quiet && (o.print || o.hexdump || o.tree || set("format")):
		return usagef("", "--quiet prints no frames, so it excludes --print, --hexdump, --verbose and --format")
	case o.output != "" && !o.print && (o.hexdump || o.tree || set("format")):
		return usagef("with -w, frames are printed if --print is given", "--hexdump, --verbose and --format are about frames that are printed")
	case o.output == "-" && (o.print || o.json):
		return usagef("write the frames to a file: -w FILE", "standard output is either for the frames or for what is printed")
	case o.output == "" && (o.print || o.rotation != capture.Rotation{}):
		return usagef("they are about the file of -w", "--print, --rotate-size, --rotate-every and --files need --write")
	case o.output == "-" && o.rotation != capture.Rotation{}:
		return usagef("", "standard output is one file: no --rotate-size, --rotate-every or --files")
	case set("files") && o.rotation.Size == 0 && o.rotation.Every == 0:
		return usagef("for example --rotate-size 100M", "--files needs --rotate-size or --rotate-every")
	case set("rotate-every") && o.rotation.Every <= 0, set("timeout") && o.timeout <= 0:
		return usagef("for example 10s", "--rotate-every and --timeout are times above 0")
	case set("count") && o.count == 0:
		return usagef("", "--count is at least 1")
	case set("files") && o.rotation.Files < 1:
		return usagef("", "--files is at least 1")
	case set("snaplen") && (o.snapLen < 1 || o.snapLen > capture.MaxFrame):
		return usagef("", "--snaplen is 1 to %d", capture.MaxFrame)
	}
	for _, arg := range o.join {
		g, err := mcast.ParseGroup(arg)
		if err != nil {
			return err
		}
		g.Port = joinPort
		if err := g.Validate(); err != nil {
			return err
		}
		o.groups = append(o.groups, g)
	}
	if o.from != "" {
		return nil // it has to be read first
	}
	return o.compiles()
}

// joinPort is the port of the sockets that hold the memberships of --join, whatever
// port was given: a membership has none, and that one may be taken by who does not
// share it, or need CAP_NET_BIND_SERVICE. Nothing is read from them. No service has
// this one: it is reserved.
const joinPort = 65535

// defaultFilter is what a multicast person wants to see: what goes to groups, and
// the protocols that speak of groups, wherever they go. On Ethernet also with one or
// two VLAN tags: each vlan looks behind one more, the second only where there was one.
func defaultFilter(l filter.LinkType) string {
	const what = "ip dst net 224.0.0.0/4 or ip6 dst net ff00::/8 or igmp or mld or pim"
	if l != filter.Ethernet {
		return what
	}
	return what + " or (vlan and (" + what + " or (vlan and (" + what + "))))"
}

// compiles refuses a filter that is wrong whatever the frames are.
func (o *sniffOptions) compiles() error {
	if !o.filtered {
		return nil
	}
	options := o.compile()
	options.Live = o.file == ""
	options.InterfaceIndex = func(string) (uint32, error) { return 1, nil } // which there are is the machine's matter
	err := wrongAnyway(o.expression, options)
	var e *filter.Error
	if errors.As(err, &e) && e.Err != nil {
		return nil // a name, which is the machine's matter
	}
	return err
}

// silent says that no frame is printed.
func (o *sniffOptions) silent() bool { return o.quiet || o.output != "" && !o.print }

// runs says that nobody looks at frames one by one.
func (o *sniffOptions) runs() bool { return o.silent() && o.count == 0 }

// compile are the options of the compiler, but for what depends on the interface.
func (o *sniffOptions) compile() filter.Options {
	return filter.Options{ResolveEther: newNames(context.Background()).ether}
}

// expressionFor returns the filter for frames of a link type.
func (o *sniffOptions) expressionFor(l filter.LinkType) string {
	if !o.filtered {
		return defaultFilter(l)
	}
	return o.expression
}
