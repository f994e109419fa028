package json

import (
	"io"
	"strconv"

	"mcast/internal/view"
)

// CaptureSummary prints the summary of a capture, as FrameSchema describes it.
func CaptureSummary(w io.Writer, c *view.Capture) error {
	b := strconv.AppendUint([]byte(`{"type":"summary","captured":`), c.Captured, 10)
	b = strconv.AppendUint(append(b, `,"bytes":`...), c.Bytes, 10)
	b = append(b, `,"dropped":`...)
	if c.Dropped == nil {
		b = append(b, "null"...)
	} else {
		b = strconv.AppendUint(b, c.Dropped.Count, 10)
		if c.Dropped.AtLeast {
			b = append(b, `,"dropped_at_least":true`...)
		}
	}
	b = strconv.AppendFloat(append(b, `,"seconds":`...), c.Seconds(), 'g', -1, 64)
	b = append(b, `,"groups":[`...)
	for i, g := range c.Groups {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(g.Group.AppendTo(append(b, `{"group":"`...)), `","port":`...)
		if g.Port == 0 {
			b = append(b, "null"...) // the frames have none
		} else {
			b = strconv.AppendUint(b, uint64(g.Port), 10)
		}
		b = appendString(append(b, `,"interface":`...), []byte(g.Interface))
		b = strconv.AppendUint(append(b, `,"frames":`...), g.Frames, 10)
		b = append(strconv.AppendUint(append(b, `,"bytes":`...), g.Bytes, 10), '}')
	}
	_, err := w.Write(append(b, "]}\n"...))
	return err
}
