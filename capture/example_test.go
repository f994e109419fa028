package capture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"mcast/capture"
	"mcast/filter"
)

// Frames of a file that a filter keeps.
func Example() {
	o := binary.LittleEndian
	file := bytes.NewReader(append(pcapFile(o, 0xa1b2c3d4, 1),
		pcapRecord(o, 1_700_000_000, 250_000, 64, []byte("\x01\x00\x5e\x00\x00\x01\x02\x00\x00\x00\x00\x01\x08\x00"))...))

	r, err := capture.NewReader(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	multicast, err := filter.Compile("ether multicast", filter.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for {
		frame, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		if multicast.Match(frame.Data, frame.Length) {
			fmt.Printf("%v: %d of %d bytes\n", frame.Time.UTC().Format("15:04:05.000"), len(frame.Data), frame.Length)
		}
	}
	// Output: 22:13:20.250: 14 of 64 bytes
}
