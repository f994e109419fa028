package capture_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"mcast/capture"
	"mcast/internal/nettest"
)

func TestCreate(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string) {
		if err := os.WriteFile(in(name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	holds := func(name, want string) {
		t.Helper()
		if b, err := os.ReadFile(in(name)); err != nil || string(b) != want {
			t.Errorf("%s: %q, %v, want %q", name, b, err, want)
		}
	}
	create := func(name string, exclusive bool) error {
		f, err := capture.Create(in(name), exclusive)
		if err != nil {
			return err
		}
		_, err = f.Write([]byte("new"))
		return errors.Join(err, f.Close())
	}
	if err := create("new", true); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(in("new")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := create("new", true); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	write("old", "what was there")
	if err := create("old", false); err != nil {
		t.Error(err)
	}
	holds("old", "new")
	if f, err := capture.Create(os.DevNull, false); err != nil {
		t.Error(err)
	} else if err := f.Close(); err != nil {
		t.Error(err)
	}

	// Links: one's own is followed, and one where everybody may make it is not.
	write("target", "precious")
	if err := errors.Join(os.Symlink("target", in("link")), os.Symlink("missing", in("dangling"))); err != nil {
		nettest.Skip(t, err.Error())
	}
	if err := create("link", true); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	if err := create("dangling", true); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	holds("target", "precious")
	if err := os.Chmod(dir, 0o1777); err != nil {
		t.Fatal(err)
	}
	if err := create("link", false); !errors.Is(err, capture.ErrPlanted) {
		t.Error(err)
	}
	if err := create("dangling", false); !errors.Is(err, capture.ErrPlanted) {
		t.Error(err)
	}
	holds("target", "precious")
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := create("link", false); err != nil {
		t.Error(err)
	}
	holds("target", "new")
}
