package privilege

import "os"

// Beside is the process that runs Config.Beside.
type Beside struct {
	in      *os.File
	process *os.Process
}

// Write hands something over. It waits while the process has enough to do.
func (b *Beside) Write(p []byte) (int, error) { return b.in.Write(p) }

// Signal sends the process a signal.
func (b *Beside) Signal(s os.Signal) error { return b.process.Signal(s) }

// Close tells the process that nothing comes any more, and waits until it has ended.
func (b *Beside) Close() error {
	_ = b.in.Close()
	_, err := b.process.Wait()
	return err
}
