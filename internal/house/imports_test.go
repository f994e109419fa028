package house

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the path of this module, and of the package at its root.
const module = "mcast"

// room is a package of the module with all packages below its directory, which
// may import one another.
type room struct {
	path string // below the module; "." is the package at its root
	is   string // what it is, and so why what is below must not import it
}

// floors are the rooms of the house, from the roof down. A package imports from
// lower floors and from its own room, and from nowhere else: who wants one part
// then gets what it stands on, and nothing of what stands on it.
var floors = [][]room{
	{
		{"cmd/mcast", "it is a program"},
		{"cmd/mcastsend", "it is a program"},
		{"cmd/mcastrecv", "it is a program"},
		{"internal/house", "it is for tests only"},
		{"internal/interop", "it is for tests only"},
		{"internal/nettest", "it is for tests only: what it needs to build networks is in no program"},
	},
	{{"internal/cli", "it is the command line: flags, a call and a view, for people and not for packages"}},
	{{"internal/view", "it prints what the packages below return; they return data and print nothing"}},
	{{"internal/observe", "it observes hosts of labs, which know nothing of that"}},
	{{"lab", "it stands on everything that sends, receives and captures"}},
	{{"capture", "it stands on the library and on filters"}},
	{{".", "it is the library: groups, receivers and senders"}},
	{{"filter", "it compiles expressions, and a program that wants just that imports just that"}},
	{{"internal/snoop", "it tells what IGMP and MLD messages say, whoever captured them"}},
	{{"wire", "it is frames as bytes, and knows nothing of where they come from"}},
	{{"internal/membership", "it reads who has joined what"}},
	{
		{"internal/netns", "it runs code in network namespaces"},
		{"internal/privilege", "it gives up rights, and asks for files by functions that it is given"},
		{"internal/rtnl", "it reads interfaces and routes"},
		{"internal/pace", "it spreads sending over time"},
	},
	{{"internal/sys", "it talks to the kernel"}},
}

// modules are the modules from outside, by a prefix of the import path, with the
// rooms that may import them. One that is not here has no place in the house
// yet; give it one together with the reason.
var modules = []struct {
	path  string
	rooms []string
	why   string
}{
	{"golang.org/x/sys", []string{"internal/sys"}, "one room makes system calls, so that unsafe memory and the quirks of kernels are in one place"},
	{"golang.org/x/net/bpf", []string{"filter"}, "it has the type of the instructions that sockets take, and filters are handed out as these"},
	{"golang.org/x/net", []string{"."}, "its sockets are for the systems that have no fast path of their own here"},
	{"golang.org/x/term", []string{"internal/cli"}, "only the command line has a terminal"},
	{"github.com/spf13", []string{"internal/cli"}, "only the command line has flags: nobody who imports the library gets a command line with it"},
	{"go.yaml.in/yaml", []string{"lab"}, "topologies are files that people write, and an error in one is shown at its place"},
	{"github.com/vishvananda", []string{"lab", "internal/nettest"}, "only labs and tests build networks; everybody else reads interfaces and routes through internal/rtnl, which has no dependency"},
}

// libraries are the packages that others import, with what may come with them
// from outside, however indirectly.
var libraries = []struct {
	path string // of the room
	with []string
}{
	{".", []string{"golang.org/x/net", "golang.org/x/sys"}},
	{"filter", []string{"golang.org/x/net/bpf"}},
	{"wire", nil},
	{"capture", []string{"golang.org/x/net", "golang.org/x/sys"}},
}

// bans are imports that a floor would allow.
var bans = []struct {
	rooms   []string
	imports []string
	why     string
}{
	{
		[]string{"wire", "filter", "internal/snoop"},
		[]string{"net", "os", "os/exec", "syscall"},
		"it turns bytes into meaning, or back, and does no input or output (net/netip has the addresses)",
	},
	{
		[]string{"internal/view"},
		[]string{
			"net", "net/http", "os", "os/exec", "syscall",
			module + "/internal/sys", module + "/internal/rtnl", module + "/internal/netns", module + "/internal/pace",
		},
		"a view prints the data that it is given to the writer that it is given, and asks nobody for more",
	},
}

// only are rooms that may import certain packages of the module and no other,
// and nothing from outside.
var only = []struct {
	room    string
	imports []string
	why     string
}{
	{"wire", nil, "decoding frames needs the standard library only"},
	{"internal/snoop", []string{module + "/wire"}, "what messages say is known from the messages alone: they may come from an interface or a file"},
	{"filter", []string{"golang.org/x/net/bpf"}, "compiling filters needs the standard library, and the type of the instructions"},
	{"cmd/mcast", []string{module + "/internal/cli"}, "the program is a call of the command line and its exit status"},
	{"cmd/mcastsend", []string{module}, "the classic programs are the first example of the library"},
	{"cmd/mcastrecv", []string{module}, "the classic programs are the first example of the library"},
}

// grabBags are names of packages that collect what belongs elsewhere, until
// everybody imports them.
var grabBags = []string{"base", "common", "helper", "helpers", "misc", "shared", "types", "util", "utils"}

// pkg is what "go list -json" says of a package, as far as it matters here.
type pkg struct {
	Dir            string
	ImportPath     string
	Name           string
	Imports        []string // of all but its tests
	Deps           []string // the same, and what these import, on this platform
	IgnoredGoFiles []string // files for other platforms
}

// rule looks at one package and says what is wrong with it.
type rule struct {
	name  string
	check func(p pkg) []string
}

var rules = []rule{
	{"floors", checkFloors},
	{"modules", checkModules},
	{"library", checkLibrary},
	{"bans", checkBans},
	{"only", checkOnly},
	{"names", checkName},
}

func TestImportsPointDown(t *testing.T) {
	packages := list(t)
	for _, must := range []string{module, module + "/internal/sys", module + "/filter"} {
		if !slices.ContainsFunc(packages, func(p pkg) bool { return p.ImportPath == must && len(p.Imports) > 0 }) {
			t.Fatalf("go list found no package %s: nothing was checked", must)
		}
	}
	for _, p := range packages {
		for _, r := range rules {
			for _, wrong := range r.check(p) {
				t.Errorf("%s: %s", p.ImportPath, wrong)
			}
		}
	}
}

// TestRules proves that each rule can fail, and says of what it does not.
func TestRules(t *testing.T) {
	tests := []struct {
		rule string
		p    pkg
		want string // part of what is wrong; "" if nothing is
	}{
		{"floors", pkg{ImportPath: "mcast", Imports: []string{"fmt", "mcast/internal/sys", "mcast/internal/rtnl"}}, ""},
		{"floors", pkg{ImportPath: "mcast/internal/view/text", Imports: []string{"mcast/internal/view", "mcast"}}, ""},
		{"floors", pkg{ImportPath: "mcast/cmd/mcast", Imports: []string{"mcast/internal/cli"}}, ""},
		{"floors", pkg{ImportPath: "mcast/internal/sys", Imports: []string{"mcast"}}, "imports mcast, which is not below it: it is the library"},
		{"floors", pkg{ImportPath: "mcast/internal/pace", Imports: []string{"mcast/internal/rtnl"}}, "not below it"},
		{"floors", pkg{ImportPath: "mcast/internal/cli", Imports: []string{"mcast/internal/nettest"}}, "for tests only"},
		{"floors", pkg{ImportPath: "mcast/cmd/mcast", Imports: []string{"mcast/internal/nettest"}}, "for tests only"},
		{"floors", pkg{ImportPath: "mcast/internal/system"}, "has no room"},
		{"floors", pkg{ImportPath: "mcast/internal/cli", Imports: []string{"mcast/internal/attic"}}, "has no room"},

		{"modules", pkg{ImportPath: "mcast/internal/sys", Imports: []string{"golang.org/x/sys/unix"}}, ""},
		{"modules", pkg{ImportPath: "mcast/internal/cli", Imports: []string{"github.com/spf13/cobra", "net/netip"}}, ""},
		{"modules", pkg{ImportPath: "mcast/filter/internal/vm", Imports: []string{"golang.org/x/net/bpf"}}, ""},
		{"modules", pkg{ImportPath: "mcast", Imports: []string{"golang.org/x/net/ipv4"}}, ""},
		{"modules", pkg{ImportPath: "mcast/filter", Imports: []string{"golang.org/x/net/ipv4"}}, "its sockets are for"},
		{"modules", pkg{ImportPath: "mcast/capture", Imports: []string{"golang.org/x/net/bpf"}}, "which is for filter, ."},
		{"modules", pkg{ImportPath: "mcast", Imports: []string{"golang.org/x/sys/unix"}}, "one room makes system calls"},
		{"modules", pkg{ImportPath: "mcast/internal/rtnl", Imports: []string{"github.com/vishvananda/netlink"}}, "only labs and tests build networks"},
		{"modules", pkg{ImportPath: "mcast/internal/cli", Imports: []string{"golang.org/x/systematic"}}, "no place in the house"},
		{"modules", pkg{ImportPath: "mcast/internal/cli", Imports: []string{"example.org/color"}}, "no place in the house"},

		{"library", pkg{ImportPath: "mcast", Deps: []string{"fmt", "golang.org/x/sys/unix", "vendor/golang.org/x/net/dns/dnsmessage", "mcast/internal/sys"}}, ""},
		{"library", pkg{ImportPath: "mcast/internal/cli", Deps: []string{"github.com/spf13/cobra"}}, ""},
		{"library", pkg{ImportPath: "mcast", Deps: []string{"github.com/spf13/pflag"}}, "comes with the library"},
		{"library", pkg{ImportPath: "mcast", Deps: []string{"mcast/internal/view"}}, "comes with the library"},
		{"library", pkg{ImportPath: "mcast/filter", Deps: []string{"fmt", "golang.org/x/net/bpf", "mcast/filter/internal/vm"}}, ""},
		{"library", pkg{ImportPath: "mcast/filter", Deps: []string{"golang.org/x/net/ipv4"}}, "gets the standard library, golang.org/x/net/bpf and"},
		{"library", pkg{ImportPath: "mcast/filter", Deps: []string{"golang.org/x/sys/unix"}}, "comes with the library"},
		{"library", pkg{ImportPath: "mcast/filter", Deps: []string{"mcast"}}, "comes with the library"},

		{"bans", pkg{ImportPath: "mcast/wire", Imports: []string{"net/netip"}}, ""},
		{"bans", pkg{ImportPath: "mcast/wire", Imports: []string{"net"}}, "no input or output"},
		{"bans", pkg{ImportPath: "mcast/filter/internal/bpf", Imports: []string{"os"}}, "no input or output"},
		{"bans", pkg{ImportPath: "mcast/internal/view/json", Imports: []string{"mcast/internal/sys"}}, "a view prints"},

		{"only", pkg{ImportPath: "mcast/cmd/mcastsend", Imports: []string{"mcast", "os"}}, ""},
		{"only", pkg{ImportPath: "mcast/cmd/mcastsend", Imports: []string{"mcast/internal/cli"}}, "the first example"},
		{"only", pkg{ImportPath: "mcast/cmd/mcast", Imports: []string{"github.com/spf13/cobra"}}, "exit status"},
		{"only", pkg{ImportPath: "mcast/wire", Imports: []string{"mcast/internal/sys"}}, "the standard library only"},
		{"only", pkg{ImportPath: "mcast/filter", Imports: []string{"golang.org/x/net/bpf", "mcast/filter/internal/vm"}}, ""},
		{"only", pkg{ImportPath: "mcast/filter/internal/flow", Imports: []string{"golang.org/x/net/ipv4"}}, "the type of the instructions"},
		{"only", pkg{ImportPath: "mcast/filter", Imports: []string{"mcast/wire"}}, "the type of the instructions"},

		{"names", pkg{ImportPath: "mcast/wire", Name: "wire"}, ""},
		{"names", pkg{ImportPath: "mcast/internal/util/text", Name: "text"}, "util"},
		{"names", pkg{ImportPath: "mcast/internal/addr", Name: "common"}, "common"},
	}
	failed := map[string]bool{}
	for _, tt := range tests {
		i := slices.IndexFunc(rules, func(r rule) bool { return r.name == tt.rule })
		if i < 0 {
			t.Errorf("there is no rule %q", tt.rule)
			continue
		}
		wrong := rules[i].check(tt.p)
		switch {
		case tt.want == "" && len(wrong) > 0:
			t.Errorf("%s: of %+v: %q, want nothing", tt.rule, tt.p, wrong)
		case tt.want != "" && (len(wrong) != 1 || !strings.Contains(wrong[0], tt.want)):
			t.Errorf("%s: of %+v: %q, want %q", tt.rule, tt.p, wrong, tt.want)
		}
		failed[tt.rule] = failed[tt.rule] || tt.want != ""
	}
	for _, r := range rules {
		if !failed[r.name] {
			t.Errorf("no test makes the rule %q fail", r.name)
		}
	}
}

// TestTables holds the tables to one another: a name that is mistyped there
// would check nothing.
func TestTables(t *testing.T) {
	known := func(table, path string) {
		t.Helper()
		if r, _ := find(path); r.path != path {
			t.Errorf("%s: there is no room %q", table, path)
		}
	}
	for _, m := range modules {
		for _, r := range m.rooms {
			known("modules", r)
		}
	}
	for _, b := range bans {
		for _, r := range b.rooms {
			known("bans", r)
		}
		for _, i := range b.imports {
			if path, own := inModule(i); own {
				known("bans", path)
			}
		}
	}
	for _, l := range libraries {
		known("libraries", l.path)
	}
	for _, o := range only {
		known("only", o.room)
		for _, i := range o.imports {
			if path, ours := inModule(i); ours {
				known("only", path)
			}
		}
	}
}

func checkFloors(p pkg) []string {
	path, _ := inModule(p.ImportPath)
	own, from := find(path)
	if from < 0 {
		return []string{"has no room in the table of floors: give it one, or put it below another package"}
	}
	var wrong []string
	for _, i := range p.Imports {
		path, ours := inModule(i)
		if !ours {
			continue
		}
		switch to, floor := find(path); {
		case floor < 0:
			wrong = append(wrong, fmt.Sprintf("imports %s, which has no room in the table of floors", i))
		case floor <= from && to != own:
			wrong = append(wrong, fmt.Sprintf("imports %s, which is not below it: %s", i, to.is))
		}
	}
	return wrong
}

func checkModules(p pkg) []string {
	path, _ := inModule(p.ImportPath)
	own, _ := find(path)
	var wrong []string
	for _, i := range p.Imports {
		if !outside(i) {
			continue
		}
		// A package may have a line of its own beside its module's.
		var rooms, reasons []string
		for _, m := range modules {
			if within(i, m.path) {
				rooms, reasons = append(rooms, m.rooms...), append(reasons, m.why)
			}
		}
		switch {
		case rooms == nil:
			wrong = append(wrong, fmt.Sprintf("imports %s, a module that has no place in the house: add it to the table of modules, with the reason", i))
		case !slices.Contains(rooms, own.path):
			wrong = append(wrong, fmt.Sprintf("imports %s, which is for %s: %s", i, strings.Join(rooms, ", "), strings.Join(reasons, "; ")))
		}
	}
	return wrong
}

func checkLibrary(p pkg) []string {
	path, _ := inModule(p.ImportPath)
	var wrong []string
	for _, l := range libraries {
		if l.path != path {
			continue
		}
		own, floor := find(l.path)
		for _, d := range p.Deps {
			fine := !outside(d) || slices.ContainsFunc(l.with, func(m string) bool { return within(d, m) })
			if path, ours := inModule(d); ours {
				to, below := find(path)
				fine = to == own || below > floor
			}
			if !fine {
				wrong = append(wrong, fmt.Sprintf("%s comes with the library: who imports that gets the standard library, %s and the packages below, and nothing else",
					d, strings.Join(l.with, ", ")))
			}
		}
	}
	return wrong
}

func checkBans(p pkg) []string {
	path, _ := inModule(p.ImportPath)
	own, _ := find(path)
	var wrong []string
	for _, b := range bans {
		if !slices.Contains(b.rooms, own.path) {
			continue
		}
		for _, i := range p.Imports {
			if slices.Contains(b.imports, i) {
				wrong = append(wrong, fmt.Sprintf("imports %s: %s", i, b.why))
			}
		}
	}
	return wrong
}

func checkOnly(p pkg) []string {
	path, _ := inModule(p.ImportPath)
	own, _ := find(path)
	var wrong []string
	for _, o := range only {
		if o.room != own.path {
			continue
		}
		for _, i := range p.Imports {
			inner, ours := inModule(i)
			to, _ := find(inner)
			if (ours && to != own || outside(i)) && !slices.Contains(o.imports, i) {
				wrong = append(wrong, fmt.Sprintf("imports %s: %s", i, o.why))
			}
		}
	}
	return wrong
}

func checkName(p pkg) []string {
	for _, name := range append(strings.Split(p.ImportPath, "/"), p.Name) {
		if slices.Contains(grabBags, name) {
			return []string{fmt.Sprintf("%q says nothing of what is in it: name it after what it does, or put its parts where they are used", name)}
		}
	}
	return nil
}

// find returns the room of a package, given by its path below the module, and
// the number of its floor, counted from the roof; -1 if it has none.
func find(path string) (room, int) {
	for n, floor := range floors {
		for _, r := range floor {
			if r.path == path || r.path != "." && within(path, r.path) {
				return r, n
			}
		}
	}
	return room{}, -1
}

// inModule returns the path of a package below the module, "." for the one at
// its root, and whether it is one of the module's.
func inModule(importPath string) (string, bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// outside says that a package belongs neither to the module nor to the standard
// library, the first element of whose paths has no dot. What the standard
// library has vendored is its own.
func outside(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return strings.Contains(first, ".")
}

// within says that a path is another or below it.
func within(path, above string) bool {
	return path == above || strings.HasPrefix(path, above+"/")
}

// list returns the packages of the module, each with its imports on all
// platforms.
func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=Dir,ImportPath,Name,Imports,Deps,IgnoredGoFiles", module+"/...")
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		t.Fatalf("%v: %v\n%s", cmd, err, exit.Stderr)
	}
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	var packages []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); err == io.EOF {
			return packages
		} else if err != nil {
			t.Fatalf("%v: %v", cmd, err)
		}
		// "go test" caches results and does not see what "go list" reads:
		// reading the directory here makes it notice changes.
		if _, err := os.ReadDir(p.Dir); err != nil {
			t.Fatal(err)
		}
		p.Imports = append(p.Imports, ignoredImports(t, p)...)
		packages = append(packages, p)
	}
}

// ignoredImports returns what a package imports on other platforms only.
func ignoredImports(t *testing.T, p pkg) []string {
	t.Helper()
	var imports []string
	for _, name := range p.IgnoredGoFiles {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		if file.Name.Name != p.Name {
			continue // a program beside the package, for "go run"
		}
		for _, i := range file.Imports {
			path, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(p.Imports, path) && !slices.Contains(imports, path) {
				imports = append(imports, path)
			}
		}
	}
	return imports
}
