package wire

import (
	"bytes"
	"encoding/hex"
	"os"
	"testing"
)

// framesFile has the seeds, a line of hexadecimal each, for tests elsewhere.
const framesFile = "testdata/frames.txt"

// The file has the seeds. It is written anew with MCAST_WRITE_TESTDATA=1 in the
// environment.
func TestFramesFile(t *testing.T) {
	var want []byte
	for _, s := range seeds {
		want = append(hex.AppendEncode(want, frame(t, s)), '\n')
	}
	if os.Getenv("MCAST_WRITE_TESTDATA") != "" {
		if err := os.WriteFile(framesFile, want, 0o666); err != nil { //nolint:gosec // it is for everybody
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(framesFile)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is out of date: MCAST_WRITE_TESTDATA=1 go test -run TestFramesFile ./wire", framesFile)
	}
}

// Every kind of fault has a name of its own, which is in JSON, and words.
func TestFaultNames(t *testing.T) {
	kinds := FaultKinds()
	if last := kinds[len(kinds)-1]; last != Damaged {
		t.Errorf("the last kind is %d, and %d has no name", last, Damaged)
	}
	seen := map[string]bool{}
	var p Packet
	for _, k := range kinds {
		name := k.String()
		if name == "" || seen[name] {
			t.Errorf("fault %d is called %q, as another is or none", k, name)
		}
		seen[name] = true
		if words := string(p.AppendFault(nil, Fault{Kind: k})); words == "" || words[:min(len(words), 6)] == "fault " {
			t.Errorf("there are no words for the fault %q: %q", name, words)
		}
	}
}
