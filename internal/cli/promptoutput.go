package cli

import (
	"io"
	"sync"
	"time"
)

// promptOutput is an output that is flushed soon after something was written, also
// while no frame comes.
type promptOutput struct {
	mu    sync.Mutex
	o     *output
	timer *time.Timer
	armed bool
	err   error
	fail  func() // called when it fails while nobody writes
}

// flushAfter is how long something printed waits for company.
const flushAfter = 20 * time.Millisecond

func newPromptOutput(w io.Writer, fail func()) *promptOutput {
	o, _ := openOutput("", w) // only opening a file fails
	p := &promptOutput{o: o, fail: fail}
	p.timer = time.AfterFunc(time.Hour, p.flush)
	p.timer.Stop()
	return p
}

func (p *promptOutput) Write(record []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return 0, p.err
	}
	n, err := p.o.Write(record)
	if err != nil {
		p.err = err
		return n, err
	}
	if !p.armed {
		p.armed = true
		p.timer.Reset(flushAfter)
	}
	return n, nil
}

// flush writes what is gathered, when its time has come.
func (p *promptOutput) flush() {
	p.mu.Lock()
	p.armed = false
	err := p.o.flush()
	if p.err == nil {
		p.err = err
	}
	p.mu.Unlock()
	if err != nil {
		p.fail()
	}
}

// failed returns the error that has ended printing.
func (p *promptOutput) failed() error {
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// close writes what is left.
func (p *promptOutput) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer.Stop()
	if p.err == nil {
		p.err = p.o.flush()
	}
	return p.err
}
