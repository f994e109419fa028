package sys

import (
	"io"
	"os"
	"testing"
)

func TestReadReady(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b := make([]byte, 8)
	for _, want := range []string{"", "abc", ""} {
		if want != "" {
			if _, err := io.WriteString(w, want); err != nil {
				t.Fatal(err)
			}
		}
		n, err := ReadReady(r, b)
		if err != nil || string(b[:n]) != want {
			t.Errorf("read %q, %v, want %q", b[:n], err, want)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := ReadReady(r, b); n != 0 || err != nil {
		t.Errorf("at the end read %d, %v", n, err)
	}
}
