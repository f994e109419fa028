package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// full takes so many bytes.
type full struct {
	bytes.Buffer
	room int
}

func (f *full) Write(b []byte) (int, error) {
	n := min(len(b), f.room-f.Len())
	f.Buffer.Write(b[:n])
	if n < len(b) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

// Only a file of its own can an output cut back to whole records; of what is
// written elsewhere it says whether the last one is whole.
func TestOutputFull(t *testing.T) {
	for _, tt := range []struct {
		room int
		want string
	}{
		{0, "what was written before is whole"},
		{1, "the last record is cut off"},
		{4, "what was written before is whole"},
		{7, "the last record is cut off"},
		{8, "what was written before is whole"},
	} {
		out, err := openOutput("", &full{room: tt.room})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []string{"one\n", "two\n", "six\n"} {
			if _, err := out.Write([]byte(r)); err != nil {
				t.Fatal(err)
			}
		}
		err = out.flush()
		var h *hinted
		if !errors.Is(err, syscall.ENOSPC) || !errors.As(err, &h) || !strings.HasSuffix(h.hint, tt.want) {
			t.Errorf("room for %d: %v, %+v; want %q", tt.room, err, h, tt.want)
		}
		if err := out.close(); err != nil {
			t.Errorf("room for %d: closing tries again: %v", tt.room, err)
		}
	}
}

func TestOutputFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "out")
	out, err := openOutput(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for range 3000 { // more than is gathered
		record := strings.Repeat("x", 99) + "\n"
		want.WriteString(record)
		if _, err := out.Write([]byte(record)); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.close(); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(name); err != nil || string(got) != want.String() {
		t.Errorf("%d bytes, %v; want %d", len(got), err, want.Len())
	}
}
