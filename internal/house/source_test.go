package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// word is something of the standard library that only some files may use.
type word struct {
	path  string // import path
	names []string
	free  func(file string, f *ast.File) bool // files that may
	why   string
}

var words = []word{
	{"os", []string{"Exit"}, mayExit, exitReason},
	{"syscall", []string{"Exit"}, mayExit, exitReason},
	{"log", []string{"Fatal", "Fatalf", "Fatalln"}, mayExit, exitReason},
	{
		"runtime", []string{"GOOS"}, forOnePlatform,
		"what differs between systems is in files named for them (_linux.go, _other.go), where the compiler sees it; a portable file behaves the same everywhere",
	},
}

const exitReason = "only main ends the process: elsewhere what is deferred would not run, and the caller would have no say"

type excuse struct{ file, word, why string }

// excused are uses that are right where they are.
var excused = []excuse{
	{"internal/nettest/nettest.go", "os.Exit", "Main stands in for TestMain, whose job it is"},
	{"lab/isolate.go", "os.Exit", "Main stands in for TestMain, whose job it is"},
	{"internal/cli/version.go", "runtime.GOOS", "mcast version prints it"},
}

// TestSource holds all source files to words.
func TestSource(t *testing.T) {
	root := moduleRoot(t)
	used := map[[2]string]bool{}
	files := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); path != root && (n == "testdata" || n == "vendor" || strings.HasPrefix(n, ".") || strings.HasPrefix(n, "_")) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		found, err := checkSource(rel, src)
		if err != nil {
			return err
		}
		for _, f := range found {
			if slices.ContainsFunc(excused, func(e excuse) bool { return e.file == rel && e.word == f.word }) {
				used[[2]string{rel, f.word}] = true
				continue
			}
			t.Errorf("%s:%d: %s: %s", rel, f.line, f.word, f.why)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 10 {
		t.Errorf("found only %d source files below %s", files, root)
	}
	for _, e := range excused {
		if !used[[2]string{e.file, e.word}] {
			t.Errorf("%s is excused for %s, which it does not use: take it off the list", e.file, e.word)
		}
	}
}

func TestCheckSource(t *testing.T) {
	tests := []struct{ file, src, want string }{
		{"cmd/x/main.go", "package main; import \"os\"; func main() { os.Exit(1) }", ""},
		{"x.go", "package x; import \"os\"; func f() { os.Exit(1) }", "os.Exit"},
		{"x.go", "package x; import \"os\"; var exit = os.Exit", "os.Exit"},
		{"x.go", "package x; import system \"os\"; func f() { system.Exit(1) }", "os.Exit"},
		{"x.go", "package x; import \"syscall\"; func f() { syscall.Exit(1) }", "syscall.Exit"},
		{"x.go", "package x; import \"log\"; func f() { log.Fatalf(\"\") }", "log.Fatalf"},
		{"x.go", "package x; import \"log\"; func f() { log.Print(1) }", ""},
		{"x.go", "package x; import \"os\"; func f(os struct{ Exit func() }) { os.Exit() }; var _ = os.Args", ""},
		{"x_test.go", "package x; import \"os\"; func TestMain() { os.Exit(1) }", ""},
		{"x.go", "package x; import \"runtime\"; const linux = runtime.GOOS == \"linux\"", "runtime.GOOS"},
		{"x_test.go", "package x; import \"runtime\"; const linux = runtime.GOOS == \"linux\"", "runtime.GOOS"},
		{"x_other.go", "package x; import \"runtime\"; const system = runtime.GOOS", ""},
		{"x_windows_test.go", "package x; import \"runtime\"; const system = runtime.GOOS", ""},
		{"x_bsd.go", "//go:build darwin || freebsd\n\npackage x; import \"runtime\"; const system = runtime.GOOS", ""},
		{"x.go", "package x; import \"runtime\"; var v = runtime.Version()", ""},
	}
	for _, tt := range tests {
		found, err := checkSource(tt.file, []byte(tt.src))
		if err != nil {
			t.Errorf("%s: %v", tt.src, err)
			continue
		}
		var words []string
		for _, f := range found {
			words = append(words, f.word)
		}
		if got := strings.Join(words, " "); got != tt.want {
			t.Errorf("%s: %s: found %q, want %q", tt.file, tt.src, got, tt.want)
		}
	}
}

// finding is a word that a file may not use.
type finding struct {
	line      int
	word, why string
}

// checkSource returns which words a file uses that it may not. The path is below
// the module, with slashes.
func checkSource(path string, src []byte) ([]finding, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, src, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	imports := map[string]string{} // the name in this file → path
	for _, i := range file.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return nil, err
		}
		name := path[strings.LastIndexByte(path, '/')+1:]
		if i.Name != nil {
			name = i.Name.Name
		}
		imports[name] = path
	}
	var found []finding
	ast.Inspect(file, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		// The parser resolves names within the file: what is left is a package.
		x, ok := s.X.(*ast.Ident)
		if !ok || x.Obj != nil {
			return true
		}
		for _, w := range words {
			if imports[x.Name] == w.path && slices.Contains(w.names, s.Sel.Name) && !w.free(path, file) {
				found = append(found, finding{set.Position(s.Pos()).Line, w.path + "." + s.Sel.Name, w.why})
			}
		}
		return true
	})
	return found, nil
}

// mayExit says that a file belongs to a program or, like TestMain, to a test.
func mayExit(path string, f *ast.File) bool {
	return f.Name.Name == "main" || strings.HasSuffix(path, "_test.go")
}

// forOnePlatform says that the compiler takes a file on some systems only.
func forOnePlatform(path string, f *ast.File) bool {
	name := strings.TrimSuffix(strings.TrimSuffix(path, ".go"), "_test")
	systems := []string{"darwin", "freebsd", "linux", "other", "unix", "windows"}
	if slices.ContainsFunc(systems, func(s string) bool { return strings.HasSuffix(name, "_"+s) }) {
		return true
	}
	for _, group := range f.Comments {
		for _, c := range group.List {
			if c.Pos() < f.Package && strings.HasPrefix(c.Text, "//go:build ") &&
				slices.ContainsFunc(systems, func(s string) bool { return strings.Contains(c.Text, s) }) {
				return true
			}
		}
	}
	return false
}

// moduleRoot returns the directory of go.mod.
func moduleRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the working directory")
		}
		dir = up
	}
}
