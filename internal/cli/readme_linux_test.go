package cli_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mcast/internal/cli"
	"mcast/internal/nettest"
)

// What the README shows is what the commands print: each of its examples is run,
// in a namespace that has loopback only, and compared.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	dir := t.TempDir() // has the files that the README shows
	for _, file := range yamlBlocks(string(text)) {
		name, _, _ := strings.Cut(strings.TrimPrefix(file, "# "), "\n")
		if err := os.WriteFile(filepath.Join(dir, name), []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, ex := range examples(string(text)) {
		if ex.command == "go test ./..." {
			continue // this is part of it
		}
		ran++
		t.Run(ex.command, func(t *testing.T) {
			args := strings.Fields(strings.Replace(ex.command, "go run ./cmd/mcast ", "mcast ", 1))
			switch {
			case args[1] == "demo":
				t.Parallel()
				compareParts(t, isolated(t, "", args...), ex.output)
			case args[1] == "lab":
				t.Parallel()
				compare(t, isolated(t, dir, args...), ex.output)
			case args[0] != "mcast":
				t.Fatalf("nothing here knows how to run %q", ex.command)
			case args[1] == "recv" && !strings.Contains(ex.command, "10.1.1.1"):
				compare(t, received(t, args), ex.output)
			default:
				compare(t, run(t.Context(), args...), ex.output)
			}
		})
	}
	if ran < 6 {
		t.Fatalf("%d examples ran: the README has more, or they are no longer found", ran)
	}
}

type example struct{ command, output string }

// examples returns the commands in console blocks, each with what follows it.
func examples(markdown string) []example {
	var list []example
	for _, block := range regexp.MustCompile("(?s)```console\n(.*?)```").FindAllStringSubmatch(markdown, -1) {
		for _, part := range strings.Split("\n"+block[1], "\n$ ")[1:] {
			command, output, _ := strings.Cut(part, "\n")
			list = append(list, example{command, strings.Trim(output, "\n")})
		}
	}
	return list
}

// yamlBlocks returns the files in YAML that a page shows.
func yamlBlocks(markdown string) (files []string) {
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(markdown, -1) {
		files = append(files, block[1])
	}
	return files
}

// The files that the page about labs shows do what they say.
func TestLabPage(t *testing.T) {
	text, err := os.ReadFile("../../docs/lab.md")
	if err != nil {
		t.Fatal(err)
	}
	files := yamlBlocks(string(text))
	if len(files) < 5 {
		t.Fatalf("%d files are found: the page has more", len(files))
	}
	for i, file := range files {
		t.Run(fmt.Sprintf("file%d", i), func(t *testing.T) {
			t.Parallel()
			name := filepath.Join(t.TempDir(), "file.yaml")
			if err := os.WriteFile(name, []byte(file), 0o600); err != nil {
				t.Fatal(err)
			}
			isolated(t, "", "mcast", "lab", "run", name)
		})
	}
}

// run runs a command line and returns what it printed, on both streams.
func run(ctx context.Context, args ...string) string {
	var out lockedBuffer
	// The README's durations are for readers.
	short := map[string]string{"10s": "300ms", "15s": "2s"}
	for i, arg := range args {
		args[i] = cmp.Or(short[arg], arg)
	}
	cli.Main(ctx, args, cli.IO{In: strings.NewReader(""), Out: &out, Err: &out})
	return out.String()
}

// isolated runs a command line in a process of its own, which it may leave for another one.
func isolated(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, err := (&exec.Cmd{Path: "/proc/self/exe", Args: args, Dir: dir}).CombinedOutput()
	if err != nil {
		t.Errorf("%v: %v\n%s", args, err, out)
	}
	return string(out)
}

// compareParts compares where the README leaves something out: what is between the lines
// with an ellipsis has to be there, in that order.
func compareParts(t *testing.T, got, want string) {
	t.Helper()
	mask := func(s string) string {
		s = regexp.MustCompile(`192\.168\.56\.103:\d+`).ReplaceAllString(s, "192.168.56.103:P")
		// Identification, checksums and the port of the frame are others each time.
		return regexp.MustCompile(`(?m)^  │ 00[12]0 .*$`).ReplaceAllString(s, "  │ bytes")
	}
	rest := mask(got)
	for part := range strings.SplitSeq(mask(want), "\n…\n") {
		_, after, ok := strings.Cut(rest, strings.Trim(part, "\n…"))
		if !ok {
			t.Fatalf("the README shows:\n%s\nand this was printed:\n%s", part, got)
		}
		rest = after
	}
}

// received runs a receiver, sends it what the README says is sent, and returns
// what it printed.
func received(t *testing.T, args []string) string {
	ready := t.TempDir() + "/ready"
	group := args[2]
	quiet := slices.Contains(args, "--quiet")
	if !quiet && !slices.Contains(args, "--count") {
		args = append(args, "--count", "1")
	}
	args = append(args, "--ready-file", ready)
	done := make(chan string, 1)
	go func() { done <- run(t.Context(), args...) }()
	nettest.Eventually(t, "the receiver to be ready", 5*time.Second, func() bool {
		_, err := os.Stat(ready)
		return err == nil
	})
	if quiet {
		run(t.Context(), "mcast", "send", group, "x", "--count", "1000")
		<-done
		return "" // the README shows none
	}
	run(t.Context(), "mcast", "send", group, "hello")
	out := <-done
	out, _, _ = strings.Cut(out, "\nreceived ") // the README leaves the summary out
	if slices.Contains(args, "--json") {
		_, out, _ = strings.Cut(out, "\n") // and, with JSON, standard error
	}
	return out
}

// compare compares but for times, ports, the order of what happens at once and
// the buffer that the machine grants.
func compare(t *testing.T, got, want string) {
	t.Helper()
	if want == "" {
		return
	}
	if g, w := masked(got), masked(want); g != w {
		t.Errorf("the README shows:\n%s\nand this was printed:\n%s", w, g)
	}
}

func masked(s string) string {
	for _, m := range [][2]string{
		{`"time":"[^"]*"`, `"time":"T"`},
		{`"source_port":\d+`, `"source_port":P`},
		{`\d\d:\d\d:\d\d\.\d{6}`, "T"},
		{`127\.0\.0\.1:\d+`, "127.0.0.1:P"},
		{`\(after [^)]*\)`, "(after T)"},
		{`expectations met, in \S+`, "expectations met, in T"},
		{`it: \d+ frames; on their way for .*`, "it: N frames, and their delays"},
		{`receive buffer [\d.]+ [KM]iB`, "receive buffer B"},
	} {
		s = regexp.MustCompile(m[0]).ReplaceAllString(s, m[1])
	}
	lines := strings.Split(strings.Trim(s, "\n"), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// lockedBuffer is a buffer that two streams write to.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
