package capture

import "bytes"

// Options of blocks. All others are passed over.
const (
	optionEnd     = 0
	optionComment = 1

	optionFlags = 2 // of frames

	optionSystem      = 3 // of sections
	optionApplication = 4

	optionName        = 2 // of interfaces
	optionDescription = 3
	optionResolution  = 9
	optionFilter      = 11
	optionTimeOffset  = 14

	optionReceived        = 4 // of statistics
	optionDropped         = 5
	optionDroppedBySystem = 7
)

// options are the options at the end of a block, which are not yet read.
type options struct {
	b     []byte
	order byteOrder
}

// longestOption is how many bytes a value may have.
const longestOption = 1<<16 - 1

// filterExpression is the first byte of a filter that is told as an expression.
const filterExpression = 0

// more says whether there is another option. One that does not fit into the
// block ends them: a frame is not lost over it.
func (o *options) more() bool {
	return len(o.b) >= 4 && o.order.Uint16(o.b) != optionEnd && 4+int(o.order.Uint16(o.b[2:])) <= len(o.b)
}

// take returns the next option. There is one.
func (o *options) take() (code uint16, value []byte) {
	code, n := o.order.Uint16(o.b), int(o.order.Uint16(o.b[2:]))
	value = o.b[4 : 4+n]
	o.b = o.b[min(4+pad(n), len(o.b)):]
	return code, value
}

// pad returns a length with what fills it up to 32 bits.
func pad(n int) int { return (n + 3) &^ 3 }

// text returns an option as text. Some programs end it by a zero byte.
func text(b []byte) []byte {
	b, _, _ = bytes.Cut(b, []byte{0})
	return b
}
