package privilege

import (
	"errors"
	"os"
	"sync"
	"syscall"
	"time"
)

// Client asks the helper. Several goroutines may use it at once; they are served one
// after the other.
type Client struct {
	mu      sync.Mutex // one question at a time
	channel channel
	helper  *os.Process
}

// channel is what carries the messages: a *sys.Channel.
type channel interface {
	Send(message []byte, with *os.File) error
	Receive(b []byte) (n int, with *os.File, err error)
	Close() error
}

// Close tells the helper that nobody will ask, and waits until it has ended: there may be
// nobody else to do so, and it would stay in the list of processes.
func (c *Client) Close() {
	const patience = time.Second
	_ = c.channel.Close()
	if c.helper == nil {
		return
	}
	ended := make(chan struct{})
	go func() {
		_, _ = c.helper.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(patience):
	}
}

// errGone says that there is nobody to ask any more.
var errGone = errors.New("the helper that has the rights to do so is gone")

// Ask has Config.Serve called in the helper, and returns the file that it returned, or
// nil. An error of Serve's comes over as a [*AskError], without operation and name if
// it was a *fs.PathError.
func (c *Client) Ask(what, name string) (*os.File, error) {
	message := appendAsk(nil, what, name)
	if len(message) > longestMessage {
		return nil, asked(syscall.ENAMETOOLONG)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.channel.Send(message, nil); err != nil {
		return nil, asked(errGone)
	}
	b := make([]byte, longestMessage)
	n, file, err := c.channel.Receive(b)
	if err != nil {
		return nil, asked(errGone)
	}
	return file, parseAnswer(b[:n])
}
