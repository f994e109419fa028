// Command capturefile makes large captures for bench/capture.sh, and copies what a
// filter keeps of one to another, by the reader and the writer of package capture.
//
//	capturefile make FILE PAYLOAD MEGABYTES
//	capturefile copy FROM TO FILTER
package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"mcast/capture"
	"mcast/filter"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "capturefile:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 4 && args[0] == "make":
		payload, err := strconv.Atoi(args[2])
		if err != nil {
			return err
		}
		megabytes, err := strconv.ParseInt(args[3], 10, 64)
		if err != nil {
			return err
		}
		return generate(args[1], payload, megabytes<<20)
	case len(args) == 4 && args[0] == "copy":
		return copyKept(args[1], args[2], args[3])
	}
	return errors.New("make FILE PAYLOAD MEGABYTES, or copy FROM TO FILTER")
}

// generate writes datagrams to 256 groups and ports, a million a second.
func generate(name string, payload int, size int64) error {
	w, err := capture.NewFiles(capture.FilesConfig{Name: name})
	if err != nil {
		return err
	}
	eth0 := &capture.Interface{Name: "eth0", LinkType: 1, SnapLen: 262144}
	const headers = 14 + 20 + 8
	frame := make([]byte, headers+payload)
	copy(frame, "\x01\x00\x5e\x01\x01\x00\x02\x00\x00\x00\x00\x01\x08\x00\x45\x00\x00\x00\x00\x00\x40\x00\x01\x11\x00\x00\xc0\x00\x02\x01\xef\x01\x01\x00")
	binary.BigEndian.PutUint16(frame[16:], uint16(len(frame)-14))
	binary.BigEndian.PutUint16(frame[38:], uint16(payload+8))
	start := time.Unix(1_795_872_600, 0)
	for n := int64(0); n*int64(len(frame)+16) < size; n++ {
		frame[5], frame[33] = byte(n), byte(n)
		binary.BigEndian.PutUint16(frame[34:], 40000)
		binary.BigEndian.PutUint16(frame[36:], 50000+uint16(n%256))
		err := w.Write(&capture.Frame{Data: frame, Length: len(frame), Time: start.Add(time.Duration(n) * time.Microsecond), Interface: eth0})
		if err != nil {
			return err
		}
	}
	return w.Close()
}

func copyKept(from, to, expression string) error {
	program, err := filter.Compile(expression, filter.Options{})
	if err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	r, err := capture.NewReader(in)
	if err != nil {
		return err
	}
	w, err := capture.NewFiles(capture.FilesConfig{Name: to, Writer: capture.WriterConfig{Statistics: r.Statistics}})
	if err != nil {
		return err
	}
	var f capture.Frame
	for {
		if err := r.Read(&f); errors.Is(err, io.EOF) {
			return w.Close()
		} else if err != nil {
			return err
		}
		if program.Match(f.Data, f.Length) {
			if err := w.Write(&f); err != nil {
				return err
			}
		}
	}
}
