package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
)

// interruptible reads from what may keep a read waiting for ever, and gives up
// when its context is done.
type interruptible struct {
	ctx   context.Context
	from  io.ReadCloser
	want  chan struct{}
	got   chan []byte
	err   error // of the last read; only looked at once got is closed
	ready []byte
	done  sync.Once
}

func newInterruptible(ctx context.Context, from io.ReadCloser) *interruptible {
	p := &interruptible{ctx: ctx, from: from, want: make(chan struct{}), got: make(chan []byte)}
	go p.run()
	return p
}

// run reads a piece whenever one is wanted.
func (p *interruptible) run() {
	defer close(p.got)
	buf := make([]byte, 64<<10)
	for range p.want {
		n, err := p.from.Read(buf)
		p.err = err
		select {
		case p.got <- buf[:n]:
		case <-p.ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// Read reads what is there, and waits if there is nothing.
func (p *interruptible) Read(b []byte) (int, error) {
	for len(p.ready) == 0 {
		select {
		case p.want <- struct{}{}:
		case piece, ok := <-p.got:
			if ok { // never: it was not asked for
				p.ready = piece
				continue
			}
			if err := p.ctx.Err(); err != nil {
				return 0, err
			}
			return 0, p.err
		case <-p.ctx.Done():
			return 0, p.ctx.Err()
		}
		select {
		case p.ready = <-p.got:
		case <-p.ctx.Done():
			return 0, p.ctx.Err()
		}
	}
	n := copy(b, p.ready)
	p.ready = p.ready[n:]
	return n, nil
}

// Close lets go of what was read from.
func (p *interruptible) Close() error {
	p.done.Do(func() { close(p.want) })
	return p.from.Close()
}

// openInterruptible opens a file by a function such as os.Open, or takes standard input
// for "-". What it returns can be waited for in vain: the end of ctx ends a read.
func openInterruptible(ctx context.Context, open func(string) (*os.File, error), name string, stdin io.Reader, hint string) (r io.ReadCloser, shown string, err error) {
	if name == "-" {
		return newInterruptible(ctx, io.NopCloser(stdin)), "standard input", nil
	}
	type opened struct {
		f   *os.File
		err error
	}
	// Opening a named pipe waits for somebody who writes to it.
	done := make(chan opened, 1)
	go func() {
		f, err := open(name)
		done <- opened{f, err}
	}()
	select {
	case <-ctx.Done():
		return nil, "", ctx.Err()
	case o := <-done:
		if o.err != nil {
			return nil, "", &hinted{fmt.Errorf("open %s: %w", name, cause(o.err)), hint}
		}
		if info, err := o.f.Stat(); err == nil && info.Mode().IsRegular() {
			return o.f, name, nil
		}
		return newInterruptible(ctx, o.f), name, nil
	}
}
