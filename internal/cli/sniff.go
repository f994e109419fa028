package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mcast"
	"mcast/capture"
	"mcast/filter"
	"mcast/internal/view/json"
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

// defaultFilter is what a multicast person wants to see: what goes to groups, and
// the protocols that speak of groups, wherever they go. On Ethernet also with one or
// two VLAN tags: each vlan looks behind one more.
func defaultFilter(l filter.LinkType) string {
	const what = "ip dst net 224.0.0.0/4 or ip6 dst net ff00::/8 or igmp or mld or pim"
	if l != filter.Ethernet {
		return what
	}
	return what + " or (vlan and (" + what + ")) or (vlan and (" + what + "))"
}

func sniffCommand(stdio IO) *cobra.Command {
	var o sniffOptions
	cmd := &cobra.Command{
		Use:   "sniff [FILTER]",
		Short: "Capture frames, and say what they mean",
		Long: `Capture frames on interfaces, or read them from a file, and print a line for
each: time, interface, direction, and what it is. Of IGMP, MLD and PIM the line
says what it means: who joins what, who asks whom.

Without a filter it keeps what goes to multicast groups, and IGMP, MLD and PIM.
A filter in the language of tcpdump replaces that (mcast filter --help), and the
empty one, '', keeps everything. Names are never looked up in the DNS.

What is seen is what the host sees. A switch that snoops sends a group only to
where it was joined, which --join does; --promisc asks the network card for
frames to others, and hides faults of the card's own filter.

Several datagrams that the kernel handles as one (segmentation offload) are
taken apart again; --superframes leaves them as they are.

With -w frames go to a file: .pcap is the classic format, anything else is
pcapng. Only a summary is printed then, unless --print is given.

Capturing needs CAP_NET_RAW; reading a file needs nothing.`,
		Example: `  mcast sniff
  mcast sniff -i eth0 'group 239.1.1.1'
  mcast sniff -i eth0 --join 239.1.1.1:5000 -c 10 udp port 5000
  mcast sniff -w trace.pcapng --rotate-every 1h --files 24
  mcast sniff -r trace.pcapng --json igmp`,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.schema {
				_, err := stdio.Out.Write(json.FrameSchema())
				return written(err)
			}
			if err := o.parse(cmd, args); err != nil {
				return err
			}
			return runSniff(cmd.Context(), &o, stdio)
		},
	}
	f := cmd.Flags()
	f.StringSliceVarP(&o.interfaces, "interface", "i", nil, "capture on this `interface`: a name, an index, an address it owns, or all; repeatable (default all)")
	f.StringVarP(&o.file, "read", "r", "", "read frames from this pcap or pcapng `file`; - is standard input")
	f.StringVarP(&o.output, "write", "w", "", "write frames to this `file`; - is standard output")
	f.BoolVar(&o.print, "print", false, "with -w, print the frames too")
	f.StringVarP(&o.from, "expression-file", "F", "", "read the filter from this `file`")
	f.Uint64VarP(&o.count, "count", "c", 0, "end after `N` frames; with --timeout, fewer are exit status 3")
	f.DurationVar(&o.timeout, "timeout", 0, "end after this `time`; no frame at all is exit status 3")
	f.BoolVarP(&o.hexdump, "hexdump", "x", false, "print the bytes of each frame")
	f.BoolVarP(&o.tree, "verbose", "v", false, "print every field of each frame")
	f.StringVar(&o.format, "format", "line", "`FORMAT` of a frame: line, or scapy (the summary of scapy 2.5)")
	f.BoolVar(&o.json, "json", false, "print JSON, an object a line, with every field")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print only the summary")
	f.StringSliceVar(&o.join, "join", nil, "join this `group` meanwhile, on the interfaces captured on; repeatable")
	f.BoolVar(&o.promisc, "promisc", false, "ask the interfaces for frames to others too")
	f.IntVarP(&o.snapLen, "snaplen", "s", 0, "capture at most `N` bytes of a frame (default all)")
	f.BoolVar(&o.superframe, "superframes", false, "leave datagrams that offload has joined as one frame")
	f.Var(&o.rotateSize, "rotate-size", "with -w, begin another file before one is larger than this")
	f.DurationVar(&o.rotation.Every, "rotate-every", 0, "with -w, begin another file after this `time`")
	f.IntVar(&o.rotation.Files, "files", 0, "keep the last `N` files (default all)")
	f.StringVar(&o.readyFile, "ready-file", "", "make this `file` once the capture runs")
	f.BoolVar(&o.schema, "schema", false, "print the JSON Schema of what --json prints, and end")
	_ = cmd.RegisterFlagCompletionFunc("interface", cobra.NoFileCompletions)
	cmd.SetFlagErrorFunc(expressionFlagError)
	return cmd
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
	case o.quiet && (o.print || o.hexdump || o.tree):
		return usagef("", "--quiet prints no frames, so --print, --hexdump and --verbose make no sense with it")
	case o.output == "-" && (o.print || o.json):
		return usagef("write the frames to a file: -w FILE", "standard output is either for the frames or for what is printed")
	case o.output == "" && (o.print || o.rotation != capture.Rotation{}):
		return usagef("they are about the file of -w", "--print, --rotate-size, --rotate-every and --files need --write")
	case o.output == "-" && o.rotation != capture.Rotation{}:
		return usagef("", "standard output is one file: no --rotate-size, --rotate-every or --files")
	case o.rotation.Files > 0 && o.rotation.Size == 0 && o.rotation.Every == 0:
		return usagef("for example --rotate-size 100M", "--files needs --rotate-size or --rotate-every")
	case set("rotate-every") && o.rotation.Every <= 0, set("timeout") && o.timeout <= 0:
		return usagef("for example 10s", "--rotate-every and --timeout are longer than nothing")
	case set("count") && o.count == 0:
		return usagef("", "--count is at least 1")
	case set("snaplen") && (o.snapLen < 1 || o.snapLen > capture.MaxFrame), o.rotation.Files < 0:
		return usagef("", "--snaplen and --files are at least 1, and --snaplen at most %d", capture.MaxFrame)
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
	return o.compiles()
}

// joinPort is the port of the sockets that hold the memberships of --join, whatever port
// was given: a membership has none, and that one may be taken by who does not share it,
// or need CAP_NET_BIND_SERVICE. Nothing is read from them. No service has this one: it
// is reserved.
const joinPort = 65535

// compiles refuses a filter that is wrong whatever the frames are.
func (o *sniffOptions) compiles() error {
	if !o.filtered || o.from != "" {
		return nil
	}
	err := wrongAnyway(o.expression, o.compile())
	var e *filter.Error
	if errors.As(err, &e) && e.Err != nil {
		return nil // a name, which is the machine's matter
	}
	return err
}

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

// tooFew says that less was captured than expected.
func (o *sniffOptions) tooFew(n uint64) error {
	hint := "mcast groups shows what is joined here; a switch that snoops sends only what was joined: --join"
	if n == 0 {
		return &missingError{"no frame was captured", hint}
	}
	return &missingError{fmt.Sprintf("%d frames were captured, and %d were expected", n, o.count), ""}
}
