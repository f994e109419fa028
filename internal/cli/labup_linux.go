package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/term"

	"mcast/internal/sys"
	"mcast/internal/view/json"
	"mcast/internal/view/text"
	"mcast/lab"
)

// upLab starts a lab and lets people in until the end.
func upLab(ctx context.Context, file, name, readyFile string, stdio IO) error {
	topology, err := loadAhead(ctx, file, stdio)
	if err != nil {
		return err
	}
	if topology == nil {
		return usagef("save it in a file", "%s can be read only once", file)
	}
	topology.Name = labName(name, topology)
	if err := topology.Validate(); err != nil { // the file is valid already
		return fmt.Errorf("--lab: %w", err)
	}
	serving, down := context.WithCancel(ctx)
	defer down()
	visitors, err := inviteVisitors(ctx, topology.Name, down, stdio)
	if err != nil {
		return err
	}
	heedBrokenPipes()
	if readyFile != "" {
		if err := removeReadyFile(readyFile); err != nil {
			return err
		}
	}
	l, err := lab.Start(ctx, topology)
	if err != nil {
		return err
	}
	if err := visitors.begin(l); err != nil {
		return errors.Join(err, l.Close())
	}
	_, _ = fmt.Fprintf(stdio.Err, "lab %s is up: mcast lab shell HOST, exec, sniff and ps, from other terminals; Ctrl-C ends it\n", oneLine(topology.Name))
	if readyFile != "" {
		if err := makeReadyFile(readyFile); err != nil {
			return errors.Join(err, l.Close())
		}
	}
	<-serving.Done()
	_ = visitors.end(nil, nil)
	if err := l.Close(); err != nil {
		return err
	}
	return ctx.Err()
}

// visitors are those who come in from other terminals while a lab is up.
type visitors struct {
	door *net.UnixListener
	down func() // ends the lab
	stop context.CancelFunc
	all  sync.WaitGroup
}

// inviteVisitors opens the door of a lab and isolates the process, in which begin then
// lets people in.
func inviteVisitors(ctx context.Context, name string, down func(), stdio IO) (*visitors, error) {
	if os.Getenv(doorEnv) == "" {
		if err := openDoor(name); err != nil {
			return nil, err
		}
	}
	if err := isolate(ctx, stdio); err != nil {
		return nil, err
	}
	door, err := doorHere()
	if err != nil {
		return nil, err
	}
	return &visitors{door: door, down: down}, nil
}

func (v *visitors) begin(l *lab.Lab) error {
	ctx, stop := context.WithCancel(context.Background())
	v.stop = stop
	k := &doorkeeper{lab: l, down: v.down}
	v.all.Go(func() { k.serve(ctx, v.door) })
	return nil
}

func (v *visitors) event(*lab.Event) {}

// end shows visitors out: the programs that they run get SIGHUP, and a while to put
// things in order.
func (v *visitors) end(*lab.Result, io.Writer) error {
	v.stop()
	_ = v.door.Close()
	v.all.Wait()
	return nil
}

// userShell is the shell that the user likes.
func userShell() string { return cmp.Or(os.Getenv("SHELL"), "/bin/sh") }

// execInLab runs a program on a host of a lab, and ends as it does.
func execInLab(name, host string, command []string, stdio IO) error {
	r := &doorRequest{Do: doExec, Host: host, Command: command, Env: os.Environ()}
	r.Dir, _ = os.Getwd() // none, if that has been removed
	// What happens to this process is meant for the program.
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGHUP)
	defer signal.Stop(signals)
	in, inOK := stdio.In.(*os.File)
	out, outOK := stdio.Out.(*os.File)
	errs, errsOK := stdio.Err.(*os.File)
	if !inOK || !outOK || !errsOK {
		return errors.New("a program needs files to read and write")
	}
	files := [3]*os.File{in, out, errs}
	var t *ownTerminal
	// A job in the background must not change the terminal: the kernel would stop it.
	if term.IsTerminal(int(in.Fd())) && term.IsTerminal(int(out.Fd())) && sys.InForeground() {
		var err error
		if t, err = newTerminal(in, out); err != nil {
			return err
		}
		defer t.close()
		r.Terminal = true
		files = [3]*os.File{t.program, t.program, t.program}
	}
	c, err := ask(name, r, files)
	if err != nil {
		return err
	}
	if t != nil {
		if err := t.connect(); err != nil {
			return err
		}
	}
	go func() {
		for s := range signals {
			if s, ok := s.(syscall.Signal); ok {
				_ = c.Encode(&doorSignal{s})
			}
		}
	}()
	reply, err := c.reply()
	if t != nil {
		t.drain()
	}
	if err != nil {
		return err
	}
	if reply.Exit != 0 {
		return &endedError{reply.Exit}
	}
	return nil
}

// ownTerminal is a terminal for a program in a lab, shown on the user's own.
type ownTerminal struct {
	in, out          *os.File // the user's
	control, program *os.File
	before           *term.State
	resized          chan os.Signal
	shown            chan struct{} // closed when all is shown
}

func newTerminal(in, out *os.File) (*ownTerminal, error) {
	t := &ownTerminal{in: in, out: out, resized: make(chan os.Signal, 1), shown: make(chan struct{})}
	var err error
	if t.control, t.program, err = sys.OpenTerminal(); err != nil {
		return nil, fmt.Errorf("make a terminal for the program: %w", err)
	}
	t.resize()
	return t, nil
}

// resize makes it as large as the user's is.
func (t *ownTerminal) resize() {
	if columns, rows, err := term.GetSize(int(t.out.Fd())); err == nil {
		_ = sys.SetTerminalSize(t.control, columns, rows)
	}
}

// connect begins to show it. The program has its end by now.
func (t *ownTerminal) connect() (err error) {
	_ = t.program.Close()
	if t.before, err = term.MakeRaw(int(t.in.Fd())); err != nil {
		return err
	}
	signal.Notify(t.resized, syscall.SIGWINCH)
	go func() {
		for range t.resized {
			t.resize()
		}
	}()
	go func() { _, _ = io.Copy(t.control, t.in) }()
	go func() {
		defer close(t.shown)
		_, _ = io.Copy(t.out, t.control) // ends when no program has the terminal
	}()
	return nil
}

// drain shows what the program has written before it ended. What it has left behind may
// hold the terminal for ever, and is not waited for.
func (t *ownTerminal) drain() {
	_ = t.control.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	<-t.shown
}

func (t *ownTerminal) close() {
	signal.Stop(t.resized)
	if t.before != nil {
		_ = term.Restore(int(t.in.Fd()), t.before)
	}
	_ = t.control.Close()
}

// psOfLab lists what runs in a lab.
func psOfLab(name string, asJSON bool, stdio IO) error {
	r, err := request(name, &doorRequest{Do: doProcesses})
	if err != nil {
		return err
	}
	if !asJSON {
		return written(text.LabProcesses(stdio.Out, r.Processes))
	}
	p := json.New(stdio.Out)
	for i := range r.Processes {
		if err := p.LabProcess(&r.Processes[i]); err != nil {
			return written(err)
		}
	}
	return nil
}

// placesInLab returns the names of a lab's hosts and links, or nothing if there is none.
func placesInLab(name string) (hosts, links []string) {
	r, err := request(name, &doorRequest{Do: doPlaces})
	if err != nil {
		return nil, nil
	}
	return r.Hosts, r.Links
}

// downLab ends a lab, and returns when it has ended.
func downLab(name string) error {
	name, err := theLab(name)
	if err != nil {
		return err
	}
	if _, err := request(name, &doorRequest{Do: doDown}); err != nil && !errors.Is(err, errLabEnded) {
		return err
	}
	// The process outside ends last.
	for {
		names, err := labsUp()
		if err != nil || !slices.Contains(names, name) {
			return err
		}
		time.Sleep(time.Millisecond)
	}
}

// request asks a lab for something that needs no files.
func request(name string, r *doorRequest) (*doorReply, error) {
	none, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	defer none.Close()
	c, err := ask(name, r, [3]*os.File{none, none, none})
	if err != nil {
		return nil, err
	}
	return c.reply()
}
