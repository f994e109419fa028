// Gendocs writes the manual pages, from the definitions of the commands, the JSON
// Schemas of what commands print and read, and the page of the keys of labs:
//
//	go run ./internal/cli/gendocs
//
// A test fails when what is in man/ and docs/ is not what this writes.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"mcast/internal/cli"
	"mcast/internal/view/json"
	"mcast/lab"
)

func main() {
	if err := write("."); err != nil {
		fmt.Fprintf(os.Stderr, "gendocs: %v\n", err)
		os.Exit(1)
	}
}

// write writes every file below the directory of the repository.
func write(repository string) error {
	files, err := files()
	if err != nil {
		return err
	}
	for name, text := range files {
		name = filepath.Join(repository, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(name, text, 0o666); err != nil { //nolint:gosec // a manual is for everybody
			return err
		}
	}
	return nil
}

// files returns what is generated, by the names of the files.
func files() (map[string][]byte, error) {
	pages, err := pages()
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"docs/sniff.schema.json": json.FrameSchema(), "docs/lab.schema.json": lab.Schema(), "docs/lab-run.schema.json": json.LabSchema()}
	if files["docs/lab-keys.md"], err = labKeys(); err != nil {
		return nil, err
	}
	for name, text := range pages {
		files["man/"+name] = text
	}
	return files, nil
}

// pages returns the manual pages by the names of their files.
func pages() (map[string][]byte, error) {
	root := cli.Root(cli.IO{})
	root.InitDefaultHelpCmd()
	pages := map[string][]byte{}
	var add func(c *cobra.Command) error
	add = func(c *cobra.Command) error {
		name := strings.ReplaceAll(c.CommandPath(), " ", "-")
		c.DisableAutoGenTag = true
		c.InitDefaultHelpFlag()
		var b bytes.Buffer
		if err := doc.GenMan(c, header(name), &b); err != nil {
			return fmt.Errorf("page of %s: %w", name, err)
		}
		// What the definitions have no field for comes behind them.
		fmt.Fprintf(&b, "\n.SH EXIT STATUS\n%s", statuses(c.HasParent() || c.Name() == "mcast"))
		pages[name+".1"] = b.Bytes()
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() && sub.Name() != "help" {
				if err := add(sub); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for _, c := range append(cli.ClassicCommands(cli.IO{}), root) {
		if err := add(c); err != nil {
			return nil, err
		}
	}
	return pages, nil
}

// written is when the manual was last gone over; a page does not change by itself
// from one day to the next.
var written = time.Date(2026, time.November, 22, 0, 0, 0, 0, time.UTC)

func header(name string) *doc.GenManHeader {
	return &doc.GenManHeader{
		Title: strings.ToUpper(name), Section: "1", Source: "mcast", Manual: "mcast manual",
		Date: &written,
	}
}

// statuses is the table of exit statuses in the language of manual pages; the
// classic programs know two.
func statuses(all bool) string {
	if !all {
		return ".TP\n0\ndone\n.TP\n1\nany error\n"
	}
	var b strings.Builder
	for _, s := range cli.ExitStatuses() {
		fmt.Fprintf(&b, ".TP\n%d\n%s\n", s.Status, s.Meaning)
	}
	return b.String()
}
