package privilege

import "os"

// request is what is asked for.
type request struct{ what, name string }

// answerAll answers what is asked until nobody asks any more, or something comes that
// no client sends. It returns then also while it is busy: opening a named pipe may take
// for ever.
func answerAll(c channel, serve func(what, name string) (*os.File, error)) {
	requests := make(chan request, 1)
	defer close(requests)
	go func() {
		for r := range requests {
			answer(c, serve, r)
		}
	}()
	b := make([]byte, longestMessage)
	for {
		n, unwanted, err := c.Receive(b)
		if err != nil {
			return
		}
		if unwanted != nil {
			_ = unwanted.Close()
		}
		var r request
		if r.what, r.name, err = parseAsk(b[:n]); err != nil {
			return
		}
		select {
		case requests <- r:
		default:
			return // a client waits for its answers
		}
	}
}

// answer does what is asked for and answers. That the answer does not arrive is noticed
// by who receives.
func answer(c channel, serve func(what, name string) (*os.File, error), r request) {
	file, err := serve(r.what, r.name)
	_ = c.Send(appendAnswer(nil, err), file)
	if file != nil {
		_ = file.Close() // the other process has its own now
	}
}
