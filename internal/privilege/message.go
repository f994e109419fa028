package privilege

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"syscall"
)

// Messages begin with a byte that says what they are.
const (
	messageAsk    = 'a' // what NUL name
	messageDone   = 'd' // perhaps with a file
	messageFailed = 'f' // errno NUL problem NUL advice
)

// longestMessage is room for a path, which Linux limits to 4,096 bytes, and an error that
// quotes it.
const longestMessage = 16 << 10

// errNonsense says that a message came that makes no sense.
var errNonsense = errors.New("a message that makes no sense")

// appendAsk appends a message that asks for something.
func appendAsk(b []byte, what, name string) []byte {
	b = append(b, messageAsk)
	b = append(b, what...)
	b = append(b, 0)
	return append(b, name...)
}

// parseAsk reads one.
func parseAsk(b []byte) (what, name string, err error) {
	if len(b) == 0 || b[0] != messageAsk {
		return "", "", errNonsense
	}
	what, name, ok := strings.Cut(string(b[1:]), "\x00")
	if !ok || strings.Contains(name, "\x00") {
		return "", "", errNonsense
	}
	return what, name, nil
}

// appendAnswer appends a message that says that something was done, or why not.
func appendAnswer(b []byte, err error) []byte {
	if err == nil {
		return append(b, messageDone)
	}
	e := asked(err)
	// Longer texts would not fit.
	text := func(s string) string {
		s = strings.ReplaceAll(s, "\x00", "")
		return s[:min(len(s), longestMessage/3)]
	}
	b = append(b, messageFailed)
	b = strconv.AppendUint(b, uint64(e.Errno), 10)
	b = append(b, 0)
	b = append(b, text(e.Problem)...)
	b = append(b, 0)
	return append(b, text(e.Advice)...)
}

// parseAnswer reads one and returns what it says.
func parseAnswer(b []byte) error {
	if len(b) == 1 && b[0] == messageDone {
		return nil
	}
	if len(b) == 0 || b[0] != messageFailed {
		return errNonsense
	}
	parts := bytes.Split(b[1:], []byte{0})
	if len(parts) != 3 {
		return errNonsense
	}
	errno, err := strconv.ParseUint(string(parts[0]), 10, 16)
	if err != nil {
		return errNonsense
	}
	return &AskError{Problem: string(parts[1]), Advice: string(parts[2]), Errno: syscall.Errno(errno)}
}
