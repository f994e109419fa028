package capture_test

import (
	"bytes"
	"fmt"
	"time"

	"mcast/capture"
)

// A capture that is written, and read again.
func ExampleWriter() {
	eth0 := &capture.Interface{Name: "eth0", LinkType: 1}
	frame := capture.Frame{
		Data:      []byte("\x01\x00\x5e\x00\x00\x01\x02\x00\x00\x00\x00\x01\x08\x00"),
		Length:    64,
		Time:      time.Unix(1_700_000_000, 250_000_001),
		Interface: eth0,
		Direction: capture.DirectionIn,
		Comment:   "the first of all",
	}

	var file bytes.Buffer
	w, err := capture.NewWriter(&file, capture.WriterConfig{Name: "trace.pcapng"})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := w.Write(&frame); err != nil {
		fmt.Println(err)
		return
	}
	if err := w.Close(); err != nil {
		fmt.Println(err)
		return
	}

	r, err := capture.NewReader(&file)
	if err != nil {
		fmt.Println(err)
		return
	}
	f, err := r.Next()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s %v %d of %d bytes at %v: %s\n", f.Interface.Name, f.Direction, len(f.Data), f.Length, f.Time.UTC().Format("15:04:05.000000000"), f.Comment)
	// Output: eth0 in 14 of 64 bytes at 22:13:20.250000001: the first of all
}
