package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"mcast"
	"mcast/internal/view"
	"mcast/internal/view/json"
	"mcast/internal/view/text"
)

// recvOptions is what `mcast recv` was asked for.
type recvOptions struct {
	groups     []mcast.Group
	interfaces []string
	exclude    []string
	count      uint64
	atLeast    uint64 // --min
	timeout    time.Duration
	idle       time.Duration
	format     string
	json       bool
	quiet      bool
	buffer     size
	offload    string
	output     string
	readyFile  string
	classic    bool // as a plain socket: see mcast.ReceiverConfig.MulticastAll
}

func recvCommand(stdio IO) *cobra.Command {
	var o recvOptions
	cmd := &cobra.Command{
		Use:   "recv GROUP:PORT...",
		Short: "Join groups and print what arrives",
		Long: `Join groups and print what arrives, a line a datagram: the time, the source,
the group, the interface, the hop limit, the length and the payload. Text that
is printable is shown as it is, text of several lines quoted, anything else as
0x and hexadecimal: what arrives never reaches a terminal raw.

By default the groups are joined on all interfaces, and on those that come
later. Nothing else is heard, whatever other programs have joined. When every
join is in place, a line "listening" on standard error says so. At the end a
summary follows there; with --json it is the last object on standard output.`,
		Example: `  mcast recv 239.1.1.1:5000
  mcast recv 224.1.1.5:50001 -i 192.168.56.104 --count 1 --format payload
  mcast recv 192.0.2.7@232.1.1.1:5000 --json
  mcast recv 239.1.1.1+100:5000 --quiet --timeout 10s`,
		Args: groupArgument,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.parse(cmd, args, stdio); err != nil {
				return err
			}
			return recv(cmd.Context(), &o, stdio)
		},
	}
	f := cmd.Flags()
	f.StringSliceVarP(&o.interfaces, "interface", "i", nil, "join on this `interface`: a name, an index, an address it owns, all, or route (what the routing table picks); repeatable (default all)")
	f.Uint64Var(&o.count, "count", 0, "end after `N` datagrams; fewer are exit status 3 unless --min says otherwise")
	f.Uint64Var(&o.atLeast, "min", 0, "fewer than `N` datagrams by the end are exit status 3")
	f.DurationVar(&o.timeout, "timeout", 0, "end after this `time`; implies --min 1")
	f.DurationVar(&o.idle, "idle", 0, "end when nothing has arrived for this `time`; implies --min 1")
	f.StringVar(&o.format, "format", "line", "`FORMAT` of a datagram: line, payload (payload and newline), raw (the bytes alone), hex (a line of hexadecimal)")
	f.BoolVar(&o.json, "json", false, "print JSON, an object a line")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print only the summary")
	f.Var(&o.buffer, "rcvbuf", "receive buffer (default 128 MiB, or what the system allows)")
	f.StringSliceVar(&o.exclude, "exclude", nil, "any `source` but these; comma-separated")
	f.StringVarP(&o.output, "output", "o", "", "write to this `file` in place of standard output")
	f.StringVar(&o.readyFile, "ready-file", "", "make this `file` once every join is in place")
	f.StringVar(&o.offload, "offload", "auto", "receive runs of datagrams as one where the kernel can: auto or off")
	return cmd
}

// parse checks what needs no look at the machine.
func (o *recvOptions) parse(cmd *cobra.Command, args []string, stdio IO) error {
	for _, arg := range args {
		g, err := parseGroup(arg)
		if err != nil {
			return err
		}
		for _, s := range o.exclude {
			a, err := netip.ParseAddr(s)
			if err != nil {
				return usagef("--exclude takes addresses: --exclude 192.0.2.7,192.0.2.8", "--exclude: %q is not an address", s)
			}
			g.Exclude = append(g.Exclude, a.Unmap())
		}
		if err := g.Validate(); err != nil {
			return err
		}
		o.groups = append(o.groups, g)
	}
	if err := noEmptyFlags(cmd); err != nil {
		return err
	}
	set := cmd.Flags().Changed
	switch {
	case !slices.Contains([]string{"line", "payload", "raw", "hex"}, o.format):
		return usagef("", "--format is line, payload, raw or hex, not %q", o.format)
	case o.json && set("format"):
		return usagef("", "--json and --format exclude each other")
	case set("count") && o.count == 0:
		return usagef("", "--count is at least 1")
	case set("timeout") && o.timeout <= 0, set("idle") && o.idle <= 0:
		return usagef("for example --timeout 10s", "--timeout and --idle are longer than nothing")
	case set("count") && set("min") && o.atLeast > o.count:
		return usagef("", "--min %d is more than --count %d lets through", o.atLeast, o.count)
	}
	if err := checkOffload(o.offload); err != nil {
		return err
	}
	if o.format == "raw" && !o.quiet && (o.output == "" || o.output == "-") && isTerminal(stdio.Out) {
		return errRawTerminal
	}
	if !set("min") {
		switch {
		case o.count > 0:
			o.atLeast = o.count
		case o.timeout > 0 || o.idle > 0:
			o.atLeast = 1
		}
	}
	return nil
}

var errRawTerminal = usagef("write to a file (-o FILE) or a pipe, or take --format line", "raw bytes are not for a terminal")

// parseGroup reads a group that needs a port.
func parseGroup(arg string) (mcast.Group, error) {
	g, err := mcast.ParseGroup(arg)
	if err != nil {
		return g, err
	}
	return g, g.RequirePort()
}

func checkOffload(s string) error {
	if s != "auto" && s != "off" {
		return usagef("", "--offload is auto or off, not %q", s)
	}
	return nil
}

func offload(s string) mcast.Offload {
	if s == "off" {
		return mcast.OffloadOff
	}
	return mcast.OffloadAuto
}

// recv joins, prints what arrives, and sums up.
func recv(ctx context.Context, o *recvOptions, stdio IO) (err error) {
	if o.readyFile != "" {
		if err := removeReadyFile(o.readyFile); err != nil {
			return err
		}
	}
	run := &reception{o: o, tally: newTally(), err: stdio.Err}
	config := mcast.ReceiverConfig{
		Interfaces: o.interfaces, ReceiveBuffer: o.buffer.bytes, Offload: offload(o.offload), MulticastAll: o.classic,
		Notify: run.changed,
	}
	run.r, err = mcast.NewReceiver(o.groups, config)
	if o.classic && errors.Is(err, errors.ErrUnsupported) {
		// On systems other than Linux a plain socket hears only what it joined itself.
		config.MulticastAll = false
		run.r, err = mcast.NewReceiver(o.groups, config)
	}
	if err != nil {
		return err
	}
	defer run.r.Close()
	// Only now: a file that is there loses what it has.
	if run.out, err = openOutput(o.output, stdio.Out); err != nil {
		return err
	}
	defer func() {
		if e := run.out.close(); err == nil {
			err = e
		}
	}()
	run.printer = json.New(run.out)
	run.terminal = isTerminal(run.out.w)
	if run.terminal && o.format == "raw" && !o.quiet {
		return errRawTerminal
	}
	run.status = newStatusLine(stdio.Err, "received", "datagram", o.quiet || !run.terminal)
	if !o.classic {
		run.listening()
	}
	if o.readyFile != "" {
		if err := makeReadyFile(o.readyFile); err != nil {
			return err
		}
	}
	end := run.receive(ctx)
	if isClosedPipe(end) {
		return end // whoever read has seen enough
	}
	sum := run.sum()
	if !o.classic {
		run.status.clear()
		if e := run.summarize(sum); end == nil {
			end = e
		}
	}
	switch {
	case end != nil:
		return end
	case sum.Datagrams < o.atLeast:
		return run.tooFew(sum)
	}
	return nil
}

// removeReadyFile removes a stale one: an empty file, or a link, which is not
// followed. Anything else of that name is somebody's.
func removeReadyFile(name string) error {
	info, err := os.Lstat(name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err == nil && info.IsDir():
		return &hinted{fmt.Errorf("make the ready file %s: it is a directory", name), "name a file in it"}
	case err == nil && info.Mode()&os.ModeSymlink == 0 && (!info.Mode().IsRegular() || info.Size() > 0):
		return &hinted{fmt.Errorf("make the ready file %s: there is something that no ready file is", name), "remove it yourself, or name another file"}
	}
	if err := os.Remove(name); err != nil {
		return unwritable("remove the stale ready file", name, err)
	}
	return nil
}

// makeReadyFile makes a file that was not there: one that somebody else made in
// the meantime, or a link that he laid, is not ours to open.
func makeReadyFile(name string) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return unwritable("make the ready file", name, err)
	}
	return f.Close()
}

// reception is a running `mcast recv`.
type reception struct {
	o        *recvOptions
	r        *mcast.Receiver
	tally    *tally
	out      *output
	printer  *json.Printer
	terminal bool // datagrams are printed to one
	status   *statusLine
	err      io.Writer
	line     []byte
}

// listening says on what the groups are joined.
func (run *reception) listening() {
	var joined, down []string
	for _, m := range run.r.Memberships() {
		name := text.Name(m.Interface)
		list := &joined
		if !m.Up {
			list = &down
		}
		if !slices.Contains(*list, name) {
			*list = append(*list, name)
		}
	}
	for _, name := range down {
		warn(run.err, "%s is down: joined on it, and waiting for it to come up", name)
	}
	where := "no interface yet"
	if all := slices.Concat(joined, down); len(all) > 0 {
		where = strings.Join(all, ", ")
	} else {
		warn(run.err, "no interface is up that can receive this; those that come up are joined then")
	}
	buffer := ""
	if n := run.r.ReceiveBuffer(); n > 0 {
		buffer = fmt.Sprintf(", receive buffer %s", text.Bytes(n))
	}
	fmt.Fprintf(run.err, "listening to %s on %s%s\n", groupList(run.o.groups), where, buffer)
	if err := run.r.OffloadError(); err != nil {
		warn(run.err, "%v; going on without", err)
	}
}

func groupList(groups []mcast.Group) string {
	const most = 4
	var list []string
	for i, g := range groups {
		if i == most {
			list = append(list, fmt.Sprintf("… (%d in all)", len(groups)))
			break
		}
		list = append(list, g.String())
	}
	return strings.Join(list, " ")
}

// changed tells of interfaces that come and go.
func (run *reception) changed(e mcast.Event) {
	name := text.Name(e.Interface)
	switch e.Kind {
	case mcast.Joined:
		warn(run.err, "joined on %s", name)
	case mcast.Lost:
		warn(run.err, "%s has gone", name)
	case mcast.JoinFailed:
		warn(run.err, "%v", e.Err)
	}
}

// receive reads until the end that was asked for. nil means that it came to
// it; whether enough has arrived is another question.
func (run *reception) receive(ctx context.Context) error {
	o := run.o
	start := time.Now()
	last := start                            // datagram
	end := sync.OnceValue(func() time.Time { // when reading ends once ctx is done
		if run.terminal && !o.quiet {
			return time.Unix(1, 0) // at once: more lines are what nobody wants who presses Ctrl-C
		}
		return time.Now().Add(underway)
	})
	interrupt := func() { _ = run.r.SetReadDeadline(end()) }
	stop := context.AfterFunc(ctx, interrupt)
	defer stop()
	messages := make([]mcast.Message, readMessages)
	if !o.quiet { // else the payload is not wanted
		messages = mcast.NewMessages(readMessages)
	}
	next, _ := run.deadline(start, start, start)
	for {
		_ = run.r.SetReadDeadline(next)
		if ctx.Err() != nil { // its own deadline may have come just before ours
			interrupt()
		}
		// Until that time. Datagrams that come meanwhile put the end off; that
		// is looked into only then.
		for {
			n, err := run.r.ReadBatch(messages)
			if errors.Is(err, os.ErrDeadlineExceeded) {
				break
			}
			if err != nil {
				return err
			}
			for i := range messages[:n] {
				if err := run.take(&messages[i]); err != nil {
					return err
				}
			}
			if err := run.out.flush(); err != nil {
				return err
			}
			if o.count > 0 && run.tally.datagrams >= o.count {
				return nil
			}
			// Only now: while a reader of ours kept us waiting, nobody was idle.
			last = time.Now()
		}
		if ctx.Err() != nil && !time.Now().Before(end()) {
			return ctx.Err()
		}
		now := time.Now()
		if run.status.due(now) {
			run.status.draw(now, run.sum())
		}
		var over bool
		if next, over = run.deadline(now, start, last); over {
			return nil
		}
	}
}

// underway is how long a datagram may be on its way through the kernel: what was
// sent on this host before an interruption is received.
const underway = 10 * time.Millisecond

// readMessages is how many messages of up to 64 KiB are read at once. More were
// not faster: their buffers fall out of the processor's cache.
const readMessages = 8

// deadline returns when to look again, zero for never, or that it is over.
func (run *reception) deadline(now, start, last time.Time) (next time.Time, over bool) {
	sooner := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	if d := run.o.timeout; d > 0 {
		sooner(start.Add(d))
	}
	if d := run.o.idle; d > 0 {
		sooner(last.Add(d))
	}
	if !next.IsZero() && !now.Before(next) {
		return next, true
	}
	if run.status.on {
		sooner(run.status.next)
	}
	return next, false
}

// take counts and prints the datagrams of a message, up to --count.
func (run *reception) take(m *mcast.Message) error {
	n, bytes := uint64(m.Len()), uint64(m.N)
	if limit := run.o.count; limit > 0 && n > limit-run.tally.datagrams {
		n = limit - run.tally.datagrams
		bytes = uint64(m.Bytes(int(n)))
	}
	if n == 0 {
		return nil
	}
	run.tally.add(place{m.Group, m.Interface}, run.r.InterfaceName, n, bytes, m.Time)
	if run.o.quiet {
		return nil
	}
	for i := range int(n) {
		if err := run.print(m, m.Datagram(i)); err != nil {
			return err
		}
	}
	return nil
}

// print prints one datagram.
func (run *reception) print(m *mcast.Message, payload []byte) error {
	b := run.line[:0]
	switch {
	case run.o.json, run.o.format == "line":
		d := view.Datagram{
			Time: m.Time, Group: m.Group, Source: m.Source, Interface: run.r.InterfaceName(m.Interface),
			HopLimit: m.HopLimit, TrafficClass: m.TrafficClass, Payload: payload,
		}
		if run.o.json {
			return run.printer.Datagram(&d)
		}
		b = text.AppendLine(b, &d)
	case run.o.format == "payload" && run.terminal:
		b = append(text.AppendEscaped(b, payload), '\n')
	case run.o.format == "payload":
		b = append(append(b, payload...), '\n')
	case run.o.format == "raw":
		b = append(b, payload...)
	case run.o.format == "hex":
		b = fmt.Appendf(b, "%x\n", payload)
	}
	run.line = b
	_, err := run.out.Write(b)
	return err
}

// sum returns the summary as of now, drops included.
func (run *reception) sum() *view.Summary {
	s := run.tally.summary()
	stats, err := run.r.Stats()
	if err != nil {
		return s // not counted on this platform
	}
	s.Dropped = &view.Drops{Count: stats.Dropped, AtLeast: !stats.Exact}
	perGroup := map[netip.AddrPort]int{} // entries
	for _, g := range s.Groups {
		perGroup[g.Group]++
	}
	for i := range s.Groups {
		g := &s.Groups[i]
		n, own := stats.DroppedByGroup[g.Group]
		switch {
		case stats.Dropped == 0 || own && n == 0:
			g.Dropped = new(uint64)
		case own && perGroup[g.Group] == 1:
			g.Dropped = &n
		}
	}
	return s
}

func (run *reception) summarize(s *view.Summary) error {
	if run.o.json {
		if err := run.printer.Summary(s); err != nil {
			return err
		}
		return run.out.flush()
	}
	_ = text.Summary(run.err, "received", s) // like all that goes there
	return nil
}

// tooFew says that less came than demanded, and what may be the cause.
func (run *reception) tooFew(s *view.Summary) error {
	hint := "is the sender running, on this port, with a large enough hop limit, and does it send by a network that one of these interfaces is on?"
	if s.Datagrams > 0 {
		hint = ""
	}
	if s.Dropped != nil && s.Dropped.Count > 0 {
		hint = "the kernel dropped some for want of room: a larger --rcvbuf or a larger net.core.rmem_max helps"
	}
	if s.Datagrams == 0 {
		return &missingError{fmt.Sprintf("nothing arrived for %s", groupList(run.o.groups)), hint}
	}
	return &missingError{fmt.Sprintf("%d datagrams arrived, and at least %d were expected", s.Datagrams, run.o.atLeast), hint}
}
