package main

import (
	"os"
	"path/filepath"
	"testing"
)

// What is in the repository is what the definitions give.
func TestFilesAreUpToDate(t *testing.T) {
	files, err := files()
	if err != nil {
		t.Fatal(err)
	}
	const repository = "../../.."
	there, err := filepath.Glob(repository + "/man/*.1")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range there {
		if _, ok := files["man/"+filepath.Base(path)]; !ok {
			t.Errorf("%s is of no command: remove it", path)
		}
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(repository, name))
		if err != nil || string(got) != string(want) {
			t.Errorf("%s is out of date: go run ./internal/cli/gendocs", name)
		}
	}
}
