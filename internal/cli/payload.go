package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"mcast"
)

// payloads is where `mcast send` takes its datagrams from.
type payloads interface {
	// next returns datagrams that are there to be sent, at least one, or io.EOF
	// after the last. They are good until the next call.
	next() ([][]byte, error)
	// repeats says that next goes on for ever with the same datagram.
	repeats() bool
	close() error
}

// repeated is one datagram, again and again.
type repeated struct{ batch [][]byte }

// repeatBatch is how many datagrams a batch holds at most: some full messages. A
// longer batch was slower: its slice headers alone fill the first cache.
const repeatBatch = 1024

// copies returns how many datagrams of a length lie one behind the other in
// memory: as many as cross the kernel as one (see mcast.Sender.WriteBatch), and
// no more, so that the processor's cache holds them.
func copies(length int) int { return max(1, min(mcast.MaxPayload/max(length, 1), 128)) }

func newRepeated(payload []byte) *repeated {
	n := copies(len(payload))
	memory := bytes.Repeat(payload, n)
	r := &repeated{make([][]byte, repeatBatch/n*n)}
	for i := range r.batch {
		at := i % n * len(payload)
		r.batch[i] = memory[at : at+len(payload) : at+len(payload)]
	}
	return r
}

func (r *repeated) next() ([][]byte, error) { return r.batch, nil }
func (r *repeated) repeats() bool           { return true }
func (r *repeated) close() error            { return nil }

// pattern returns n bytes that are easy to recognise in a capture: the
// printable ASCII characters in turn.
func pattern(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte('!' + i%('~'-'!'+1))
	}
	return p
}

// lines is a datagram for each line of a stream.
type lines struct {
	r      io.Reader
	name   string
	buf    []byte // unread text is buf[start:end]
	start  int
	end    int
	batch  [][]byte
	number int // of lines handed out
	eof    bool
}

// maxLine is one byte more than the longest datagram, for the newline.
const maxLine = mcast.MaxPayload + 1

func newLines(r io.Reader, name string) *lines {
	return &lines{r: r, name: name, buf: make([]byte, 4*maxLine)}
}

// next returns the lines that one read brought; it does not wait for more
// while it has some.
func (l *lines) next() ([][]byte, error) {
	for {
		l.batch = l.batch[:0]
		for {
			i := bytes.IndexByte(l.buf[l.start:l.end], '\n')
			if i < 0 || i > mcast.MaxPayload {
				break
			}
			l.batch = append(l.batch, l.buf[l.start:l.start+i:l.start+i])
			l.start += i + 1
		}
		rest := l.end - l.start
		if l.eof && rest > 0 && rest <= mcast.MaxPayload { // a last line without a newline
			l.batch = append(l.batch, l.buf[l.start:l.end:l.end])
			l.start = l.end
		}
		if len(l.batch) > 0 {
			l.number += len(l.batch)
			return l.batch, nil
		}
		switch {
		case rest > mcast.MaxPayload:
			return nil, &hinted{
				fmt.Errorf("line %d of %s is longer than a datagram can be, %d bytes", l.number+1, l.name, mcast.MaxPayload),
				"split it, or take --whole for a file that is one datagram",
			}
		case l.eof:
			return nil, io.EOF
		}
		if err := l.read(); err != nil {
			return nil, err
		}
	}
}

func (l *lines) read() error {
	l.end = copy(l.buf, l.buf[l.start:l.end])
	l.start = 0
	n, err := l.r.Read(l.buf[l.end:])
	l.end += n
	switch {
	case errors.Is(err, io.EOF):
		l.eof = true
	case err != nil:
		return unreadable("read", l.name, err)
	}
	return nil
}

func (l *lines) repeats() bool { return false }

func (l *lines) close() error {
	if c, ok := l.r.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// whole reads all of a stream as one datagram.
func whole(r io.Reader, name string) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, mcast.MaxPayload+1))
	if err != nil {
		return nil, unreadable("read", name, err)
	}
	if len(b) > mcast.MaxPayload {
		return nil, &hinted{fmt.Errorf("%s is longer than a datagram can be, %d bytes", name, mcast.MaxPayload), "without --whole each line is a datagram"}
	}
	return b, nil
}

// openInput opens a file to send, or standard input for "" and "-".
func openInput(name string, stdin io.Reader) (r io.Reader, shown string, err error) {
	if name == "" || name == "-" {
		return io.NopCloser(stdin), "standard input", nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, "", unreadable("open", name, err)
	}
	return f, name, nil
}

// unreadable says that what is to be sent could not be opened or read.
func unreadable(op, name string, err error) error {
	return &hinted{fmt.Errorf("%s %s: %w", op, name, cause(err)), "name a file that you may read; without --file standard input is sent"}
}
