package lab

import (
	"embed"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"

	"mcast/lab/internal/form"
)

// MaxFile is how many bytes a file of a topology may have.
const MaxFile = form.MostBytes

// Parse reads a topology from the text of a file in YAML, and checks it as Validate
// does. The name of the file is for errors, and for the topology's name where the text
// has none. What is wrong comes as a [*TopologyError], with the lines.
//
// The format is described by [Schema]. Lists and mappings may be named (&name), used
// again (*name) and merged (<<: *name); keys of the topology that begin with x- are
// passed over, for such. A text longer than [MaxFile] is refused.
func Parse(file string, text []byte) (*Topology, error) {
	var t Topology
	read := form.Read(text, topologyForm(), &t)
	wrong := read.Problems()
	if len(wrong.List) == 0 {
		if t.Name == "" {
			base := filepath.Base(file)
			if base = strings.TrimSuffix(base, filepath.Ext(base)); isName(base) {
				t.Name = base
			}
		}
		wrong = t.check()
		for _, p := range wrong.List {
			read.Locate(p)
		}
		wrong.Sort()
	}
	if err := topologyError(file, wrong); err != nil {
		return nil, err
	}
	return &t, nil
}

// Schema returns the JSON Schema (draft 2020-12) of topologies in files, indented, with
// a newline at its end. What it cannot say, such as that a segment is there,
// Validate does.
func Schema() []byte {
	s := form.Schema{
		"$schema":     "https://json-schema.org/draft/2020-12/schema",
		"title":       "mcast lab",
		"description": "A network, the programs that run on its hosts, and what is expected of them.",
	}
	for word, demand := range form.SchemaOf(topologyForm()) {
		s[word] = demand
	}
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic(err) // maps and strings
	}
	return append(b, '\n')
}

//go:embed builtin/*.yaml
var builtin embed.FS

// Builtin returns the names of the topologies that come with mcast.
func Builtin() []string {
	files, err := builtin.ReadDir("builtin")
	if err != nil {
		panic(err) // it is part of the program
	}
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimSuffix(f.Name(), ".yaml"))
	}
	slices.Sort(names) // those of the files have an ending
	return names
}

// ReadBuiltin returns the text of a topology that comes with mcast; false if there is
// none of that name.
func ReadBuiltin(name string) ([]byte, bool) {
	text, err := builtin.ReadFile("builtin/" + name + ".yaml")
	return text, err == nil
}
