package form

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// File is a file that was read.
type File struct{ r reader }

// MostBytes is how long a file may be.
const MostBytes = 1 << 20

// mostDepth is how deep lists and mappings may be in one another, well above what any
// form has.
const mostDepth = 100

// limits are those of the YAML parser.
type limits struct{}

// CheckDepth is asked for each list and mapping.
func (limits) CheckDepth(depth int, _ *yaml.DepthContext) error {
	if depth > mostDepth {
		return fmt.Errorf("lists and mappings are more than %d deep in one another", mostDepth)
	}
	return nil
}

// CheckAlias is asked where aliases are followed, which the reader does.
func (limits) CheckAlias(int, int) error { return nil }

// Read reads a value from the text of a file. What is wrong is in Problems.
func Read[V any](text []byte, f Form[V], into *V) *File {
	file := &File{reader{nodes: map[string]*yaml.Node{}, left: mostNodes}}
	r := &file.r
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	r.lines = splitLines(string(text))
	if !r.isText(text) {
		return file
	}
	var documents []yaml.Node
	if err := yaml.Load(text, &documents, yaml.WithAllDocuments(), yaml.WithPlugin(limits{})); err != nil {
		r.problems.Add(r.syntax(err))
		return file
	}
	switch {
	case len(documents) == 0 || len(documents[0].Content) == 0 || isNull(documents[0].Content[0]):
		r.problems.Add(&Problem{Text: "there is nothing in the file", Advice: "expected " + f.want})
	case len(documents) > 1:
		r.wrong(&documents[1], "write each into a file of its own", "a file has one document, and here is a second")
	default:
		root := documents[0].Content[0]
		r.nodes[""] = root
		f.read(r, root, into)
	}
	r.problems.Sort()
	return file
}

// SchemaOf returns the schema of a form.
func SchemaOf[V any](f Form[V]) Schema { return f.schema }

// Problems returns what is wrong, in the order of the file.
func (f *File) Problems() Problems { return f.r.problems }

// Locate says where in the file the place of a problem is.
func (f *File) Locate(p *Problem) { f.r.locate(p, f.r.find(p.Place)) }

// isText refuses what is no UTF-8, and what is too long.
func (r *reader) isText(text []byte) bool {
	switch {
	case len(text) > MostBytes:
		r.problems.Add(&Problem{Text: fmt.Sprintf("the file is longer than %d MiB", MostBytes>>20), Advice: "is it the right one?"})
	case bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")):
		r.problems.Add(&Problem{Text: "the file is in UTF-16", Advice: "save it as UTF-8"})
	case !utf8.Valid(text):
		p := &Problem{Text: "this is no text in UTF-8", Advice: "save the file as UTF-8"}
		for i, line := range r.lines {
			if !utf8.ValidString(line) {
				valid := line[:len(line)-len(strings.TrimLeftFunc(line, func(c rune) bool { return c != utf8.RuneError }))]
				p.Line, p.Column, p.Width, p.Source = i+1, utf8.RuneCountInString(valid)+1, 1, line
				break
			}
		}
		r.problems.Add(p)
	default:
		return true
	}
	return false
}

// syntax makes an error of the YAML parser one of ours.
func (r *reader) syntax(err error) *Problem {
	var (
		list *yaml.LoadErrors
		e    *yaml.LoadError
	)
	if errors.As(err, &list) && len(list.Errors) > 0 {
		e = list.Errors[0]
	} else if !errors.As(err, &e) {
		return &Problem{Text: "this is no YAML: " + printable(err.Error())}
	}
	p := &Problem{Text: printable(e.Message)}
	if e.ContextMsg != "" {
		p.Text = printable(e.ContextMsg) + ": " + p.Text
	}
	line, column := e.Mark.Line, e.Mark.Column
	if e.Mark.Line > len(r.lines) && len(r.lines) > 0 { // behind the end
		line = len(r.lines)
		column = utf8.RuneCountInString(r.lines[line-1]) + 1
	}
	if line >= 1 && line <= len(r.lines) {
		p.Line, p.Column, p.Width, p.Source = line, max(column, 1), 1, r.lines[line-1]
		rest := p.Source[offset(p.Source, p.Column-1):]
		switch {
		case strings.Contains(e.Message, "cannot start any token") && strings.HasPrefix(strings.TrimLeft(rest, " "), "\t"):
			p.Text, p.Advice = "a tab is no indentation", "indent with spaces"
		case strings.Contains(e.Message, "cannot start any token"):
			p.Text, p.Advice = "a word of YAML does not begin like this", "put the text in quotes"
		case strings.Contains(e.Message, "mapping values are not allowed"):
			p.Text, p.Advice = "a key cannot stand here", "is the indentation right? has the line before its colon? a text with a colon in it is put in quotes"
		case strings.Contains(e.Message, "did not find expected key") || strings.Contains(e.Message, "did not find expected '-'"):
			if strings.TrimLeft(p.Source[:len(p.Source)-len(rest)], " ") == "" {
				p.Text, p.Advice = "the indentation of this line does not fit the lines before", "indent it as the keys, or the items, that it belongs with"
			} else {
				p.Text, p.Advice = "the value has ended, and here is more", "a text that goes on behind a quote or a bracket is put in quotes as a whole"
			}
		case strings.Contains(e.ContextMsg, "flow ") && e.ContextMark.Line > 0:
			p.Advice = fmt.Sprintf("what began in line %d, column %d is not closed, or a comma is missing", e.ContextMark.Line, e.ContextMark.Column)
		case e.ContextMark.Line > 0 && e.ContextMark.Line != line:
			p.Advice = fmt.Sprintf("it began in line %d", e.ContextMark.Line)
		}
	}
	return p
}

// printable returns a text of the YAML parser for a terminal.
func printable(s string) string {
	q := Quoted(s)
	if len([]rune(s)) > 3*mostQuoted {
		return q
	}
	q = fmt.Sprintf("%q", s)
	return q[1 : len(q)-1]
}

// splitLines splits a text where YAML does.
func splitLines(text string) []string {
	var lines []string
	start := 0
	for i := 0; i < len(text); i++ {
		n := 0
		switch {
		case strings.HasPrefix(text[i:], "\r\n"), strings.HasPrefix(text[i:], "\u0085"):
			n = 2
		case text[i] == '\n' || text[i] == '\r':
			n = 1
		case strings.HasPrefix(text[i:], "\u2028"), strings.HasPrefix(text[i:], "\u2029"):
			n = 3
		default:
			continue
		}
		lines = append(lines, text[start:i])
		start = i + n
		i = start - 1
	}
	if start < len(text) {
		lines = append(lines, text[start:])
	}
	return lines
}
