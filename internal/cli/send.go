package cli

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"time"

	"github.com/spf13/cobra"

	"mcast"
	"mcast/internal/view"
	"mcast/internal/view/json"
	"mcast/internal/view/text"
)

// sendOptions is what `mcast send` was asked for.
type sendOptions struct {
	group      mcast.Group
	interfaces []string
	text       *string // nil: from file, standard input or a pattern
	file       string
	whole      bool
	size       int // of a pattern; -1: none
	count      uint64
	duration   time.Duration
	interval   time.Duration
	rate       rate
	hopLimit   int
	noLoop     bool
	dscp       int
	source     string
	sourcePort uint16
	offload    string
	json       bool
	forever    bool // until interrupted, or the duration is over
}

func sendCommand(stdio IO) *cobra.Command {
	var o sendOptions
	cmd := &cobra.Command{
		Use:   "send GROUP:PORT [TEXT]",
		Short: "Send datagrams to a group",
		Long: `Send TEXT as a datagram to a group; without TEXT, standard input, a datagram a
line without its newline; or a file, or a pattern of a given size.

Each datagram goes to every group of a block in turn. --count, --rate and
--interval are over all groups; a copy leaves by each interface. Without any of
them TEXT, a file as a whole or a pattern is sent once to each group; with
--duration, --rate or --interval alone it is sent until that time is over or
until interrupted.

The interface is the one that the routing table picks. Where there is no route
and nothing but loopback is up, it is loopback.`,
		Example: `  mcast send 239.1.1.1:5000 hello
  mcast send 224.1.1.5:50001 "Hello, World!" -i 192.168.56.103
  tail -f log | mcast send 239.1.1.1:5000 --ttl 8
  mcast send 239.1.1.1+100:5000 --size 1316 --rate 50Mbit/s --duration 10s`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 2 {
				return usagef("put the text in quotes", "one TEXT, and here are %d words", len(args)-1)
			}
			return groupArgument(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.parse(cmd, args); err != nil {
				return err
			}
			return send(cmd.Context(), &o, stdio)
		},
	}
	f := cmd.Flags()
	f.StringSliceVarP(&o.interfaces, "interface", "i", nil, "send by this `interface`: a name, an index, an address it owns (which is then the source), all (a copy by each but loopback), or route; repeatable (default route)")
	f.StringVarP(&o.file, "file", "f", "", "send this `file`, a datagram a line; - is standard input")
	f.BoolVar(&o.whole, "whole", false, "send the file or standard input as one datagram")
	f.IntVar(&o.size, "size", 0, "send a pattern of `N` bytes")
	f.Uint64Var(&o.count, "count", 0, "end after `N` datagrams")
	f.DurationVar(&o.duration, "duration", 0, "end after this `time`")
	f.DurationVar(&o.interval, "interval", 0, "`time` from one datagram to the next")
	f.Var(&o.rate, "rate", "10000/s, 50Mbit/s (of payload) or max")
	f.IntVar(&o.hopLimit, "ttl", 1, "hop limit, 0 to 255; 0 is for this host, though Linux keeps it here only where a receiver on it has joined")
	f.BoolVar(&o.noLoop, "no-loop", false, "not to receivers on this host")
	f.IntVar(&o.dscp, "dscp", 0, "differentiated services code point, 0 to 63")
	f.StringVar(&o.source, "source", "", "`address` to send from")
	f.Uint16Var(&o.sourcePort, "source-port", 0, "UDP `port` to send from")
	f.StringVar(&o.offload, "offload", "auto", "hand runs of datagrams to the kernel as one where it can: auto or off")
	f.BoolVar(&o.json, "json", false, "print the summary as JSON on standard output")
	return cmd
}

// parse checks what needs no look at the machine.
func (o *sendOptions) parse(cmd *cobra.Command, args []string) (err error) {
	if o.group, err = parseGroup(args[0]); err != nil {
		return err
	}
	if err := noEmptyFlags(cmd); err != nil {
		return err
	}
	set := cmd.Flags().Changed
	if len(args) == 2 {
		o.text = &args[1]
	}
	if !set("size") {
		o.size = -1
	}
	from := 0
	for _, given := range []bool{o.text != nil, set("file"), set("size")} {
		if given {
			from++
		}
	}
	switch {
	case len(o.group.Sources) > 1 || len(o.group.Exclude) > 0:
		return usagef("name one, or none", "a datagram has one source address")
	case from > 1:
		return usagef("", "TEXT, --file and --size exclude each other")
	case o.whole && (o.text != nil || set("size")):
		return usagef("", "--whole is for a file or standard input")
	case set("size") && (o.size < 0 || o.size > mcast.MaxPayload):
		return usagef("", "--size is 0 to %d bytes, what a datagram can carry, not %d", mcast.MaxPayload, o.size)
	case o.text != nil && len(*o.text) > mcast.MaxPayload:
		return usagef("", "TEXT has %d bytes, and a datagram carries at most %d", len(*o.text), mcast.MaxPayload)
	case set("count") && o.count == 0:
		return usagef("", "--count is at least 1")
	case set("duration") && o.duration <= 0, set("interval") && o.interval <= 0:
		return usagef("for example --interval 100ms", "--duration and --interval are longer than nothing")
	case set("interval") && set("rate"):
		return usagef("", "--interval and --rate exclude each other")
	case o.hopLimit < 0 || o.hopLimit > 255:
		return usagef("", "--ttl is 0 to 255, not %d", o.hopLimit)
	case o.dscp < 0 || o.dscp > 63:
		return usagef("the upper six bits of the traffic class: 46 is expedited forwarding", "--dscp is 0 to 63, not %d", o.dscp)
	}
	if o.source != "" {
		a, err := netip.ParseAddr(o.source)
		if err != nil || a.IsMulticast() || a.IsUnspecified() {
			return usagef("--source is an address of this host to send from", "--source: %q is not a source address", o.source)
		}
		if a.Unmap().Is4() != o.group.Addr.Is4() {
			return usagef("the group and its source are both IPv4 or both IPv6", "--source: %v is of another address family than %v", a, o.group.Addr)
		}
	}
	o.forever = !set("count") && (set("duration") || set("interval") || set("rate"))
	return checkOffload(o.offload)
}

// config returns what the library is asked for.
func (o *sendOptions) config() mcast.SenderConfig {
	c := mcast.SenderConfig{
		Interfaces: o.interfaces, HopLimit: o.hopLimit, NoLoop: o.noLoop, DSCP: o.dscp,
		SourcePort: o.sourcePort, Rate: o.rate.datagrams, BitRate: o.rate.bits, Offload: offload(o.offload),
	}
	if o.hopLimit == 0 {
		c.HopLimit = mcast.HostOnly
	}
	if o.interval > 0 {
		c.Rate = float64(time.Second) / float64(o.interval)
	}
	if o.source != "" {
		c.Source = netip.MustParseAddr(o.source).Unmap() // parse has checked it
	}
	return c
}

// payloads opens what is to be sent.
func (o *sendOptions) payloads(stdin io.Reader) (payloads, error) {
	switch {
	case o.text != nil:
		return newRepeated([]byte(*o.text)), nil
	case o.size >= 0:
		return newRepeated(pattern(o.size)), nil
	}
	r, name, err := openInput(o.file, stdin)
	if err != nil {
		return nil, err
	}
	if !o.whole {
		return newLines(r, name), nil
	}
	b, err := whole(r, name)
	if c, ok := r.(io.Closer); ok {
		_ = c.Close() // it was only read
	}
	if err != nil {
		return nil, err
	}
	return newRepeated(b), nil
}

// send sends what there is and sums up.
func send(ctx context.Context, o *sendOptions, stdio IO) error {
	s, err := mcast.NewSender([]mcast.Group{o.group}, o.config())
	if err != nil {
		return err
	}
	defer s.Close()
	from, err := o.payloads(stdio.In)
	if err != nil {
		return err
	}
	defer func() { _ = from.close() }() // it was only read
	run := &transmission{
		o: o, s: s, tally: newTally(), groups: len(s.Groups()), sent: make([]count, len(s.Groups())),
		status: newStatusLine(stdio.Err, "sent", "datagram", true),
	}
	limit := ctx
	if o.duration > 0 {
		var cancel context.CancelFunc
		limit, cancel = context.WithTimeout(ctx, o.duration)
		defer cancel()
	}
	end := run.send(limit, from)
	if errors.Is(end, context.DeadlineExceeded) && ctx.Err() == nil {
		end = nil // that was the end that was asked for
	}
	run.status.clear()
	if err := s.OffloadError(); err != nil {
		warn(stdio.Err, "%v; sent without", err)
	}
	sum := run.sum()
	switch {
	case o.json:
		err = json.New(stdio.Out).Summary(sum)
	case sum.Datagrams == 0 && end != nil && !errors.Is(end, context.Canceled):
		// The error says it all.
	case sum.Datagrams != 1 || end != nil:
		_ = text.Summary(stdio.Err, "sent", sum) // like all that goes there
	}
	if end != nil {
		return end
	}
	return err
}

// transmission is a running `mcast send`.
type transmission struct {
	o      *sendOptions
	s      *mcast.Sender
	tally  *tally
	groups int
	sent   []count // by group; each interface got as many
	turn   int     // group whose turn it is
	status *statusLine
}

// send sends until there is nothing more to send, the count is reached or ctx is done.
func (run *transmission) send(ctx context.Context, from payloads) error {
	if from.repeats() {
		batch, err := from.next()
		if err != nil {
			return err
		}
		return run.repeat(ctx, batch)
	}
	return run.stream(ctx, from)
}

// left returns how many datagrams are still to be sent, at most n.
func (run *transmission) left(n int) int {
	if run.o.forever {
		return n
	}
	return int(min(uint64(n), run.total()-run.tally.datagrams))
}

// total returns how many datagrams are to be sent, if there is an end: unless
// --count says otherwise one to each group.
func (run *transmission) total() uint64 {
	if run.o.count > 0 {
		return run.o.count
	}
	return uint64(run.groups)
}

// repeat sends the same datagram again and again, to the groups in turn.
func (run *transmission) repeat(ctx context.Context, batch [][]byte) error {
	for {
		n := run.left(len(batch))
		if n == 0 {
			return nil
		}
		if run.groups > 1 {
			n = min(n, run.stretch(len(batch[0])))
		}
		if err := run.write(ctx, batch[:n]); err != nil {
			return err
		}
		run.turn = (run.turn + 1) % run.groups
	}
}

// messagesInTurn is how many messages a group gets at full speed before the
// next has its turn. With one, ten thousand groups were sent to at 0.57 of the
// rate to one, with four at 0.94: the kernel keeps a neighbour entry for each
// group, and at most 1,024 of them (net.ipv4.neigh.default.gc_thresh3), so that
// each turn makes one and throws another away.
const messagesInTurn = 4

// stretch returns how many datagrams of a length a group gets before the next
// has its turn. At full speed these fill messagesInTurn messages; at a pace no
// more than go out at one instant; never so many that a count ends before each
// group had its share.
func (run *transmission) stretch(length int) int {
	n := messagesInTurn * copies(length)
	if !run.o.forever {
		left := (run.total() - run.tally.datagrams) / uint64(run.groups-run.turn)
		n = int(min(uint64(n), max(left, 1)))
	}
	if paced := run.o.rate.datagrams; paced > 0 {
		n = min(n, max(1, int(paced/10_000)))
	}
	if run.o.interval > 0 || run.o.rate.bits > 0 {
		n = 1
	}
	return n
}

// stream sends each datagram of a stream to every group.
func (run *transmission) stream(ctx context.Context, from payloads) error {
	type read struct {
		batch [][]byte
		err   error
	}
	// Standard input can keep a read waiting for ever, which must not keep
	// the command from ending. The other end waits for more to be wanted:
	// a batch is good until the next is read.
	reads, more := make(chan read), make(chan struct{})
	defer close(more)
	go func() {
		for range more {
			batch, err := from.next()
			select {
			case reads <- read{batch, err}:
			case <-ctx.Done():
				return
			}
		}
	}()
	run.o.forever = run.o.count == 0
	for {
		var got read
		select {
		case more <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		select {
		case got = <-reads:
		case <-ctx.Done():
			return ctx.Err()
		}
		if errors.Is(got.err, io.EOF) {
			return nil
		}
		if got.err != nil {
			return got.err
		}
		if err := run.spread(ctx, got.batch); err != nil {
			return err
		}
		if run.left(1) == 0 {
			return nil
		}
	}
}

// spread sends the datagrams, each to every group.
func (run *transmission) spread(ctx context.Context, batch [][]byte) error {
	if run.groups == 1 {
		return run.write(ctx, batch[:run.left(len(batch))])
	}
	for i := range batch {
		for run.turn = range run.groups {
			if run.left(1) == 0 {
				return nil
			}
			if err := run.write(ctx, batch[i:i+1]); err != nil {
				return err
			}
		}
	}
	return nil
}

// write sends datagrams to the group whose turn it is.
func (run *transmission) write(ctx context.Context, batch [][]byte) error {
	if run.tally.first.IsZero() {
		run.tally.first = time.Now()
	}
	n, err := run.s.WriteBatch(ctx, run.turn, batch)
	if n > 0 {
		bytes := uint64(0)
		for _, d := range batch[:n] {
			bytes += uint64(len(d))
		}
		now := time.Now()
		run.tally.total(uint64(n), bytes, now)
		run.sent[run.turn].datagrams += uint64(n)
		run.sent[run.turn].bytes += bytes
		if run.status.due(now) {
			run.status.draw(now, run.sum())
		}
	}
	return err
}

// sum returns the summary: what each interface got of each group.
func (run *transmission) sum() *view.Summary {
	s := run.tally.summary()
	at := 0
	groups := run.s.Groups()
	for _, r := range run.s.Routes() {
		for groups[at] != r.Group {
			at++
		}
		if c := run.sent[at]; c.datagrams > 0 {
			s.Groups = append(s.Groups, view.GroupSummary{Group: r.Group, Interface: r.Interface, Datagrams: c.datagrams, Bytes: c.bytes})
		}
	}
	return s
}
