package cli_test

import (
	"encoding/hex"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	file "mcast/capture" // another function here has its name
	"mcast/wire"
)

// record writes a capture file in which everything can be told, a word at a time:
//
//	interface=NAME            the frames that follow are of this one
//	comment=TEXT              the frame that follows has this comment
//	udp=GROUP:PORT,TEXT       a datagram from 192.0.2.1:40000 or [2001:db8::1]:40000
//	hex=DIGITS                a frame
//	dropped=N                 so many frames of each interface are missing
//
// A TEXT and a NAME may have the escapes of Go. A frame comes each millisecond.
func record(ts *testscript.TestScript, args []string) {
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	var dropped uint64
	w, err := file.NewWriter(f, file.WriterConfig{Name: args[0], Statistics: func(*file.Interface) (file.Statistics, bool) {
		return file.Statistics{Dropped: dropped}, dropped > 0
	}})
	ts.Check(err)
	next := file.Frame{Interface: &file.Interface{LinkType: 1}, Time: time.Date(2026, 11, 28, 15, 30, 0, 0, time.UTC)}
	for _, arg := range args[1:] {
		word, value, _ := strings.Cut(arg, "=")
		switch word {
		case "interface":
			next.Interface = &file.Interface{LinkType: 1, Name: unquoted(ts, value)}
			continue
		case "comment":
			next.Comment = unquoted(ts, value)
			continue
		case "dropped":
			dropped = uint64(number(ts, value))
			continue
		case "udp":
			to, text, _ := strings.Cut(value, ",")
			next.Data = datagram(ts, to, []byte(unquoted(ts, text)))
		case "hex":
			next.Data, err = hex.DecodeString(value)
			ts.Check(err)
		default:
			ts.Fatalf("record: %q is no word of it", word)
		}
		next.Length = len(next.Data)
		ts.Check(w.Write(&next))
		next.Time, next.Comment = next.Time.Add(time.Millisecond), ""
	}
	ts.Check(w.Close())
}

// datagram returns a frame with a datagram to a group and port.
func datagram(ts *testscript.TestScript, to string, payload []byte) []byte {
	group, err := netip.ParseAddrPort(to)
	ts.Check(err)
	from := netip.MustParseAddrPort("192.0.2.1:40000")
	if group.Addr().Is6() {
		from = netip.MustParseAddrPort("[2001:db8::1]:40000")
	}
	d := wire.Datagram{Link: wire.Link{Source: [6]byte{2, 0, 0, 0, 0, 1}}, Source: from, Destination: group, Payload: payload}
	b, err := d.AppendFrame(nil)
	ts.Check(err)
	return b
}

func unquoted(ts *testscript.TestScript, text string) string {
	s, err := strconv.Unquote(`"` + text + `"`)
	ts.Check(err)
	return s
}
