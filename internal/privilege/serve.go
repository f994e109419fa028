package privilege

import "os"

// answerAll answers what is asked until nobody asks any more, or something comes that
// no client sends.
func answerAll(c channel, serve func(what, name string) (*os.File, error)) {
	b := make([]byte, longestMessage)
	for {
		n, unwanted, err := c.Receive(b)
		if err != nil {
			return
		}
		if unwanted != nil {
			_ = unwanted.Close()
		}
		what, name, err := parseAsk(b[:n])
		if err != nil {
			return
		}
		file, err := serve(what, name)
		err = c.Send(appendAnswer(nil, err), file)
		if file != nil {
			_ = file.Close() // the other process has its own now
		}
		if err != nil {
			return
		}
	}
}
