package form

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// reader makes a value of the nodes of a file.
type reader struct {
	lines []string

	// place is where in the value the reader is, and nodes is which node was read
	// where: for problems that are found when all is read.
	place string
	nodes map[string]*yaml.Node

	problems Problems
	left     int // how many more nodes are looked at
}

// mostNodes is how many nodes a file may have, those that aliases stand for counted
// each time.
const mostNodes = 1 << 18

// mostMerges is how deep mappings may be merged into one another.
const mostMerges = 16

// wrong says what is wrong with a node.
func (r *reader) wrong(n *yaml.Node, advice, format string, args ...any) {
	if r.problems.full() { // and nothing is spent on one more
		r.problems.More++
		return
	}
	p := &Problem{Place: r.place, Text: fmt.Sprintf(format, args...), Advice: advice}
	r.locate(p, n)
	r.problems.Add(p)
}

// spend says whether one more node may be looked at.
func (r *reader) spend(n *yaml.Node) bool {
	if r.left == 0 {
		r.wrong(n, "", "this is too much: with all that aliases stand for, a file has no more than %d values", mostNodes)
	}
	r.left--
	return r.left >= 0
}

// spent says that no more nodes are looked at.
func (r *reader) spent() bool { return r.left < 0 }

// at reads what belongs to a place below the present one: ".NAME" or "[N]".
func (r *reader) at(below string, key, value *yaml.Node, read func()) {
	if !r.spend(value) {
		return
	}
	outer := r.place
	r.place = strings.TrimPrefix(outer+below, ".")
	// A mapping is where its name is, anything else where it is itself.
	where := value
	if key != nil && value.Kind != yaml.ScalarNode && value.Kind != yaml.AliasNode {
		where = key
	}
	r.nodes[r.place] = where
	read()
	r.place = outer
}

// find returns the node of a place, or of the nearest one that it is part of.
func (r *reader) find(place string) *yaml.Node {
	for {
		if n := r.nodes[place]; n != nil {
			return n
		}
		i := strings.LastIndexAny(place, ".[")
		if i < 0 {
			return r.nodes[""]
		}
		place = place[:i]
	}
}

// follow returns the node that an alias stands for, and any other as it is.
func follow(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}

// described says what a node is, for messages.
func described(n *yaml.Node) string {
	switch n = follow(n); {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case isNull(n):
		return "an empty value"
	default:
		return Quoted(n.Value)
	}
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// scalar returns the text of a scalar as it is written.
func (r *reader) scalar(n *yaml.Node, want string) (string, bool) {
	s := follow(n)
	if s.Kind != yaml.ScalarNode || isNull(s) {
		r.wrong(n, "", "expected %s, not %s", want, described(n))
		return "", false
	}
	return s.Value, r.plainTag(n)
}

// plainTag refuses tags that say what a value is in other words than ours.
func (r *reader) plainTag(n *yaml.Node) bool {
	s := follow(n)
	if s.Style&yaml.TaggedStyle == 0 {
		return true
	}
	switch s.ShortTag() {
	case "!!str", "!!int", "!!float", "!!bool", "!!map", "!!seq", "!":
		return true
	}
	r.wrong(n, "leave it out", "the tag %s is not known here", Quoted(s.Tag))
	return false
}

// entry is a key of a mapping and what it has.
type entry struct{ key, value *yaml.Node }

// adviseMapping is a hint for what is no mapping.
func adviseMapping(n *yaml.Node, want string) string {
	switch {
	case isNull(n):
		return "is what belongs to it indented further?"
	case n.Kind == yaml.SequenceNode && strings.HasPrefix(want, "a mapping from names"):
		return "each is under its name: NAME: {…}"
	}
	return ""
}

// entries returns what a mapping has, with what is merged into it (<<) behind its own.
func (r *reader) entries(n *yaml.Node, want string) ([]entry, bool) {
	m := follow(n)
	if m.Kind != yaml.MappingNode {
		r.wrong(n, adviseMapping(m, want), "expected %s, not %s", want, described(n))
		return nil, false
	}
	if !r.plainTag(n) {
		return nil, false
	}
	seen := map[string]*yaml.Node{}
	return r.gather(nil, seen, m, 0), true
}

func (r *reader) gather(list []entry, seen map[string]*yaml.Node, m *yaml.Node, depth int) []entry {
	var merged []*yaml.Node
	for i := 0; i+1 < len(m.Content); i += 2 {
		key, value := m.Content[i], m.Content[i+1]
		if !r.spend(key) {
			return list
		}
		name := follow(key)
		if name.Kind != yaml.ScalarNode {
			r.wrong(key, "", "expected a name, not %s", described(key))
			continue
		}
		if name.ShortTag() == "!!merge" {
			merged = append(merged, value)
			continue
		}
		if before, twice := seen[name.Value]; twice {
			if depth == 0 {
				r.wrong(key, fmt.Sprintf("the other one is in line %d", before.Line), "%s is here a second time", Quoted(name.Value))
			}
			continue
		}
		seen[name.Value] = key
		list = append(list, entry{key, value})
	}
	for _, value := range merged {
		if depth == mostMerges {
			r.wrong(value, "", "mappings are merged into one another more than %d deep", mostMerges)
			return list
		}
		v := follow(value)
		parts := []*yaml.Node{v}
		if v.Kind == yaml.SequenceNode {
			parts = v.Content
		}
		for _, p := range parts {
			if !r.spend(p) {
				return list
			}
			if follow(p).Kind != yaml.MappingNode {
				r.wrong(value, "for example: <<: *name", "expected a mapping to merge, not %s", described(p))
				continue
			}
			list = r.gather(list, seen, follow(p), depth+1)
		}
	}
	return list
}

// items returns what a list has.
func (r *reader) items(n *yaml.Node, want string) ([]*yaml.Node, bool) {
	s := follow(n)
	if s.Kind != yaml.SequenceNode {
		advice := ""
		if s.Kind == yaml.MappingNode {
			advice = "each begins with - in a line of its own, or all are in brackets: [{…}, {…}]"
		}
		r.wrong(n, advice, "expected %s, not %s", want, described(n))
		return nil, false
	}
	return s.Content, r.plainTag(n)
}

// locate says where in the file a problem is.
func (r *reader) locate(p *Problem, n *yaml.Node) {
	if n == nil || n.Line < 1 || n.Line > len(r.lines) {
		return
	}
	p.Line, p.Column, p.Width, p.Source = n.Line, max(n.Column, 1), 1, r.lines[n.Line-1]
	rest := p.Source[offset(p.Source, p.Column-1):]
	skip, word := 0, "" // of the rest, how much comes before the word that is wrong
	switch {
	case n.Kind == yaml.AliasNode:
		word = "*" + n.Value
	case n.Kind == yaml.MappingNode && len(n.Content) > 0 && n.Content[0].Line == n.Line && n.Content[0].Column == n.Column:
		r.locate(p, n.Content[0])
		return
	case n.Kind != yaml.ScalarNode || n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return
	case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
		skip, word = quotedWord(rest, n.Style&yaml.DoubleQuotedStyle != 0)
		if p.To > 0 && len(word) == len(n.Value)+2 && word[1:len(word)-1] == n.Value {
			skip, word = skip+1+p.From, n.Value[p.From:p.To]
		}
	default:
		// An anchor, or a tag, may come before it; and it may go on in the next line.
		first, _, _ := strings.Cut(n.Value, "\n")
		if skip = strings.Index(rest, first); skip < 0 {
			skip, first, _ = 0, strings.TrimRight(rest, " "), p.To
		}
		word = first
		if p.To > 0 && p.To <= len(word) && word == n.Value {
			skip, word = skip+p.From, n.Value[p.From:p.To]
		}
	}
	p.Column += utf8.RuneCountInString(rest[:skip])
	p.Width = max(1, utf8.RuneCountInString(word))
}

// offset returns where in a string the character of a number begins.
func offset(s string, characters int) int {
	for i := range s {
		if characters == 0 {
			return i
		}
		characters--
	}
	return len(s)
}

// quotedWord returns the part of a line that is in quotes, with them, and what
// comes before it.
func quotedWord(line string, double bool) (skip int, word string) {
	quote := byte('\'')
	if double {
		quote = '"'
	}
	if skip = strings.IndexByte(line, quote); skip < 0 {
		return 0, ""
	}
	for i := skip + 1; i < len(line); i++ {
		switch {
		case double && line[i] == '\\':
			i++
		case line[i] == quote && !double && i+1 < len(line) && line[i+1] == quote:
			i++
		case line[i] == quote:
			return skip, line[skip : i+1]
		}
	}
	return skip, line[skip:]
}
