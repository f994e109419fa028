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
	file   *os.File
	take   func([]byte)  // nil: the end
	caught chan struct{} // closed when all that the program itself has printed was taken
}

// read takes what comes, until nobody can print any more.
func (p *pipe) read() {
	caught := sync.OnceFunc(func() { close(p.caught) })
	buf := make([]byte, 64<<10)
	for {
		n, err := p.file.Read(buf)
		if n > 0 {
			p.take(slices.Clone(buf[:n]))
		}
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			_ = p.file.SetReadDeadline(time.Time{})
			// A process that it has left behind may go on printing: what a pipe
			// holds at most is enough.
			for left := 1 << 20; left > 0; left -= n {
				if n, err = sys.ReadReady(p.file, buf); n == 0 || err != nil {
					break
				}
				p.take(slices.Clone(buf[:n]))
			}
			caught()
		case err != nil:
			p.take(nil)
			_ = p.file.Close()
			caught()
			return
		}
	}
}

// catchUp returns when all that was printed before was taken.
func (p *pipe) catchUp() {
	select {
	case <-p.caught:
		return
	default:
	}
	_ = p.file.SetReadDeadline(time.Unix(1, 0)) // fails where it is closed: then all was taken
	<-p.caught
}

func closePipes(pipes [2]*pipe) {
	for _, p := range pipes {
		if p != nil {
			_ = p.file.Close()
		}
	}
}
