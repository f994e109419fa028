package cli

import (
	"context"
	"io"
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
