package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mcast/filter"
	"mcast/internal/view"
	"mcast/internal/view/json"
	"mcast/internal/view/text"
)

// filterOptions is what `mcast filter` was asked for.
type filterOptions struct {
	expression string
	from       string // the file that has it
	dump       int    // how often -d was given
	linkType   string
	iface      string
	file       string
	snapLen    uint32
	netmask    string
	strict     bool
	explain    bool
	json       bool

	compile filter.Options // what of it concerns the compiler
}

func filterCommand(stdio IO) *cobra.Command {
	var o filterOptions
	cmd := &cobra.Command{
		Use:   "filter [EXPRESSION]",
		Short: "Compile tcpdump's filter expressions, explain them, try them on a capture file",
		Long: `Compile a filter expression, in the language of tcpdump (pcap-filter(7)), and
print the program as tcpdump -d does: a classic BPF program, as sockets take it.
Several arguments are joined by blanks. An expression that begins with - comes
after --.

With -r it counts how many frames of a pcap or pcapng file it keeps. With
--explain it says in words what it keeps.

mcast's own words, which --strict refuses: group ADDRESS[/LENGTH] is traffic to
that group and what IGMP and MLD say of it, mld is MLD, rtp is RTP, and ifname
NAME is the interface that a frame came by.

Names of hosts are looked up as the system does it, those of Ethernet addresses in
/etc/ethers.`,
		Example: `  mcast filter udp dst port 5000
  mcast filter --explain 'group 239.1.1.1'
  mcast filter -r capture.pcap 'udp and not port 53'
  mcast filter -ddd -i eth0 igmp`,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.parse(cmd, args); err != nil {
				return err
			}
			return runFilter(cmd.Context(), &o, stdio)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.from, "expression-file", "F", "", "read the expression from this `file`; - is standard input")
	f.CountVarP(&o.dump, "dump", "d", "print the program: -d for people (default), -dd as an array of C, -ddd as decimal numbers, their count first")
	f.StringVarP(&o.linkType, "link-type", "y", "", "what frames begin with, by tcpdump's `name`: "+listed(linkTypeNames())+" (default EN10MB, or with -i what the interface's begin with)")
	f.StringVarP(&o.iface, "interface", "i", "", "compile for a live capture on this `interface`: a name, an index or an address it owns")
	f.StringVarP(&o.file, "read", "r", "", "count how many frames of this capture `file` are kept; - is standard input")
	f.Uint32VarP(&o.snapLen, "snaplen", "s", 0, "keep at most `N` bytes of a frame (default 262144)")
	f.StringVar(&o.netmask, "netmask", "", "IPv4 network `mask` of the interface, for ip broadcast: 255.255.255.0 or 24 (default that of the interface's first address)")
	f.BoolVar(&o.strict, "strict", false, "tcpdump's language only")
	f.BoolVar(&o.explain, "explain", false, "say in words what is kept, and print the expression with nothing left out")
	f.BoolVar(&o.json, "json", false, "print JSON")
	// The only error is one of a flag that is not there.
	_ = cmd.RegisterFlagCompletionFunc("link-type", cobra.FixedCompletions(linkTypeNames(), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("interface", cobra.NoFileCompletions)
	cmd.SetFlagErrorFunc(expressionFlagError)
	return cmd
}

// expressionFlagError is flagError for commands that take an expression.
func expressionFlagError(cmd *cobra.Command, err error) error {
	if strings.HasPrefix(err.Error(), "unknown ") {
		return usagef("put the expression in quotes, and -- before one that begins with -; "+cmd.CommandPath()+" --help lists the flags", "%v", err)
	}
	return flagError(cmd, err)
}

// linkTypeNames are the names that -y takes.
func linkTypeNames() (names []string) {
	for _, l := range filter.LinkTypes() {
		names = append(names, l.String())
	}
	return names
}

// listed returns names as a list.
func listed(names []string) string { return strings.Join(names, ", ") }

// parse checks what needs no look at the machine.
func (o *filterOptions) parse(cmd *cobra.Command, args []string) error {
	set := cmd.Flags().Changed
	if len(args) == 0 && cmd.Flags().NFlag() == 0 {
		return usagef("for example: "+cmd.CommandPath()+" udp dst port 5000; '' keeps every frame", "which expression?")
	}
	if err := noEmptyFlags(cmd); err != nil {
		return err
	}
	switch {
	case o.from == "":
		o.expression = strings.Join(args, " ")
	case len(args) > 0:
		return usagef("leave out -F, or what comes after the flags", "the expression is either in a file or in the command line")
	case o.from == "-" && o.file == "-":
		return usagef("", "standard input is either the expression or the capture")
	}
	if o.linkType != "" {
		var ok bool
		if o.compile.LinkType, ok = filter.LinkTypeNamed(o.linkType); !ok {
			return usagef("the link types are "+listed(linkTypeNames()), "--link-type: there are no filters for %q here", o.linkType)
		}
	}
	switch {
	case set("read") && set("interface"):
		return usagef("-r is about the frames of a file, -i about those of an interface", "--read and --interface exclude each other")
	case set("read") && set("link-type"):
		return usagef("the file says what its frames begin with", "--read and --link-type exclude each other")
	case set("interface") && strings.HasPrefix(o.compile.LinkType.String(), "LINUX_SLL"):
		return usagef("cooked frames are made after the kernel's filter has run; for those of a file leave -i out", "--interface and --link-type %v exclude each other", o.compile.LinkType)
	case set("read") && o.dump > 0:
		return usagef("-r counts frames, -d prints the program", "--read and --dump exclude each other")
	case set("read") && set("snaplen"):
		return usagef("-s is about what a capture keeps", "--read and --snaplen exclude each other")
	case set("read") && o.explain:
		return usagef("", "--read and --explain exclude each other")
	case o.explain && o.dump > 0:
		return usagef("", "--explain and --dump exclude each other")
	case o.json && o.dump > 0:
		return usagef("--json prints the program without -d too", "--json and --dump exclude each other")
	}
	if o.netmask != "" {
		mask, err := parseNetmask(o.netmask)
		if err != nil {
			return err
		}
		o.compile.Netmask = mask
	}
	o.compile.SnapLen = o.snapLen
	o.compile.Strict = o.strict
	return nil
}

// parseNetmask reads a network mask, as an address or as a number of bits.
func parseNetmask(s string) (netip.Addr, error) {
	if bits, err := strconv.Atoi(strings.TrimPrefix(s, "/")); err == nil && bits >= 0 && bits <= 32 {
		return netmask(bits), nil
	}
	if a, err := netip.ParseAddr(s); err == nil && a.Is4() {
		return a, nil
	}
	return netip.Addr{}, usagef("for example 255.255.255.0, or 24", "--netmask: %q is not an IPv4 network mask", s)
}

// netmask returns the mask of a prefix length.
func netmask(bits int) netip.Addr {
	m := uint64(math.MaxUint32) << (32 - bits)
	return netip.AddrFrom4([4]byte{byte(m >> 24), byte(m >> 16), byte(m >> 8), byte(m)})
}

// runFilter does what was asked for.
func runFilter(ctx context.Context, o *filterOptions, stdio IO) error {
	if o.from != "" {
		var err error
		if o.expression, err = readExpression(ctx, os.Open, o.from, stdio.In); err != nil {
			return err
		}
	}
	lookUp := newNames(ctx)
	o.compile.Resolve = lookUp.host
	o.compile.ResolveEther = lookUp.ether
	o.compile.InterfaceIndex = lookUp.interfaceIndex
	if o.iface != "" {
		if err := o.forInterface(); err != nil {
			return err
		}
	}
	switch {
	case o.file != "":
		return countFrames(ctx, o, stdio)
	case o.explain:
		return explainFilter(o, stdio)
	}
	return printFilter(o, stdio)
}

// readExpression reads an expression from a file, or from standard input for "-".
func readExpression(ctx context.Context, open func(string) (*os.File, error), file string, stdin io.Reader) (string, error) {
	const most = 1 << 20
	in, name, err := openInterruptible(ctx, open, file, stdin, "-F takes a file that you may read, or - for standard input")
	if err != nil {
		return "", err
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, most+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("read %s: %w", name, cause(err))
	case len(text) > most:
		return "", usagef("", "%s is longer than 1 MiB, which no filter is", name)
	}
	return string(text), nil
}

// forInterface fills in what a live capture on the interface needs.
func (o *filterOptions) forInterface() error {
	i, err := findInterface(o.iface)
	if err != nil {
		return err
	}
	o.compile.Live = true
	if !o.compile.Netmask.IsValid() {
		for _, a := range i.Addrs {
			if a.Addr().Is4() {
				o.compile.Netmask = netmask(a.Bits())
				break
			}
		}
	}
	of, err := interfaceLinkType(i)
	switch {
	case o.linkType == "":
		o.compile.LinkType = of
		return err
	case err == nil && of != o.compile.LinkType:
		return &hinted{
			fmt.Errorf("compile a filter for live capture on %s: its frames are %v, not %v", i.Name, of, o.compile.LinkType),
			"leave -y out, or -i for the frames of a file",
		}
	}
	return nil
}

// printFilter prints the program.
func printFilter(o *filterOptions, stdio IO) error {
	p, err := filter.Compile(o.expression, o.compile)
	if err != nil {
		return filterError(err)
	}
	if err := p.CheckKernel(); err != nil {
		if o.iface != "" {
			return &hinted{fmt.Errorf("compile for %s: %w", o.iface, err), "write ranges (portrange, net) in place of long lists, or capture more and filter the file with -r"}
		}
		warn(stdio.Err, "%v", err)
	}
	o.warnConstant(p, stdio)
	v := view.Program{Expression: o.expression, LinkType: o.compile.LinkType.String()}
	for _, in := range p.Instructions() {
		v.Instructions = append(v.Instructions, view.Instruction{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K})
	}
	switch {
	case o.json:
		return written(json.New(stdio.Out).Program(&v))
	case o.dump <= 1:
		return written(text.Listing(stdio.Out, &v))
	case o.dump == 2:
		return written(text.CArray(stdio.Out, &v))
	}
	return written(text.Decimal(stdio.Out, &v))
}

// explainFilter says what the expression means.
func explainFilter(o *filterOptions, stdio IO) error {
	e, err := filter.Explain(o.expression, o.compile)
	if err != nil {
		return filterError(err)
	}
	o.warnConstant(e.Program, stdio)
	v := view.Explanation{Expression: o.expression, Meaning: e.Meaning, Canonical: e.Canonical}
	if o.json {
		return written(json.New(stdio.Out).Explanation(&v))
	}
	return written(text.Explanation(stdio.Out, &v))
}

// warnConstant warns of a filter that no frame makes any difference to.
func (o *filterOptions) warnConstant(p *filter.Program, stdio IO) {
	keeps, constant := p.Constant()
	switch {
	case !constant || strings.TrimSpace(o.expression) == "": // which is meant so
	case keeps:
		warn(stdio.Err, "this filter keeps every frame of link type %v, whatever is in it", p.LinkType())
	default:
		warn(stdio.Err, "this filter keeps no frame of link type %v, whatever is in it", p.LinkType())
	}
}

// written says where writing failed.
func written(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("write standard output: %w", cause(err))
}

// filterError makes the error of the compiler one of this command.
func filterError(err error) error {
	var e *filter.Error
	if errors.As(err, &e) {
		return &expressionError{e}
	}
	return err
}

// expressionError is what is wrong with an expression, as this command shows it:
// with the place below, so that the first line need not tell the expression.
type expressionError struct{ wrong *filter.Error }

func (e *expressionError) Error() string {
	s := "filter: " + e.wrong.Problem
	if e.wrong.Err != nil {
		s += ": " + e.wrong.Err.Error()
	}
	return s
}

func (e *expressionError) Show() string  { return e.wrong.Show() }
func (e *expressionError) Hint() string  { return e.wrong.Hint() }
func (e *expressionError) Unwrap() error { return e.wrong }
