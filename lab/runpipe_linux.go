package lab

import (
	"errors"
	"os"
	"slices"
	"sync"
	"time"

	"mcast/internal/sys"
)

// pipe is what a program prints into.
type pipe struct {
	file *os.File
	take func([]byte) // nil: the end

	mu      sync.Mutex
	waiting []chan struct{} // closed when what was printed before was taken
	ended   bool            // all was taken
}

// read takes what comes, until nobody can print any more.
func (p *pipe) read() {
	buf := make([]byte, 64<<10)
	for {
		n, err := p.file.Read(buf)
		if n > 0 {
			p.take(slices.Clone(buf[:n]))
		}
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			_ = p.file.SetReadDeadline(time.Time{})
			waiting := p.callers(false)
			// Somebody may go on printing: what a pipe holds at most is enough.
			for left := 1 << 20; left > 0; left -= n {
				if n, err = sys.ReadReady(p.file, buf); n == 0 || err != nil {
					break
				}
				p.take(slices.Clone(buf[:n]))
			}
			release(waiting)
		case err != nil:
			p.take(nil)
			_ = p.file.Close()
			release(p.callers(true))
			return
		}
	}
}

// callers takes over who waits for what was printed so far.
func (p *pipe) callers(ended bool) (waiting []chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = ended
	waiting, p.waiting = p.waiting, nil
	return waiting
}

func release(waiting []chan struct{}) {
	for _, c := range waiting {
		close(c)
	}
}

// catchUp returns when all that was printed before was taken.
func (p *pipe) catchUp() {
	p.mu.Lock()
	if p.ended {
		p.mu.Unlock()
		return
	}
	taken := make(chan struct{})
	p.waiting = append(p.waiting, taken)
	p.mu.Unlock()
	_ = p.file.SetReadDeadline(time.Unix(1, 0)) // fails where it is closed: then all was taken
	<-taken
}

func closePipes(pipes [2]*pipe) {
	for _, p := range pipes {
		if p != nil {
			_ = p.file.Close()
		}
	}
}
