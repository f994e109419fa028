package cli

import (
	"github.com/spf13/cobra"

	"mcast/internal/view/json"
)

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

Capturing needs CAP_NET_RAW; reading a file needs nothing. All other rights are
given up first. The files named here are still opened where whoever runs it may:
for root, by a second process (mcast-files) that can do nothing else.`,
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
	f.StringArrayVar(&o.join, "join", nil, "join this `group` meanwhile, on the interfaces captured on; repeatable")
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
