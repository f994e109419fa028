package main

import (
	"os"
	"path/filepath"
	"testing"
)

// The pages in the repository are those that the commands' definitions give.
func TestPagesAreUpToDate(t *testing.T) {
	pages, err := pages()
	if err != nil {
		t.Fatal(err)
	}
	const dir = "../../../man"
	there, err := filepath.Glob(dir + "/*.1")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range there {
		if _, ok := pages[filepath.Base(path)]; !ok {
			t.Errorf("%s is of no command: remove it", path)
		}
	}
	for name, want := range pages {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || string(got) != string(want) {
			t.Errorf("%s is out of date: go run ./internal/cli/gendocs", name)
		}
	}
}
