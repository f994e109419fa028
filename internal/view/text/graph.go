package text

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"mcast/internal/view"
)

// Graph draws a topology: each segment with what is plugged into it, then what is
// particular about hosts.
func Graph(w io.Writer, g *view.Graph) error {
	var b strings.Builder
	fmt.Fprint(&b, Name(g.Name))
	if g.Description != "" {
		fmt.Fprintf(&b, ": %s", Name(strings.TrimSpace(g.Description)))
	}
	b.WriteByte('\n')
	for i := range g.Segments {
		s := &g.Segments[i]
		fmt.Fprintf(&b, "\n%s (%s)\n", Name(s.Name), s.About)
		rows := make([][]string, len(s.Ports))
		for j := range s.Ports {
			p := &s.Ports[j]
			branch := "├── "
			if j == len(s.Ports)-1 {
				branch = "└── "
			}
			rows[j] = []string{branch + Name(g.Hosts[p.Host].Name) + "." + Name(p.Interface), strings.Join(p.Addresses, " "), strings.Join(p.Notes, "; ")}
		}
		columns(&b, rows)
	}
	var rows [][]string
	for i := range g.Hosts {
		if h := &g.Hosts[i]; len(h.Notes) > 0 {
			rows = append(rows, []string{Name(h.Name), strings.Join(h.Notes, "; ")})
		}
	}
	if rows != nil {
		b.WriteByte('\n')
		columns(&b, rows)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// columns writes rows of cells, those of a column below one another.
func columns(b *strings.Builder, rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell)
			if widths[i] > 0 {
				line.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
}

// Topologies prints names with what they are about.
func Topologies(w io.Writer, list []view.Topology) error {
	var (
		b    strings.Builder
		rows [][]string
	)
	for _, t := range list {
		rows = append(rows, []string{Name(t.Name), Name(t.Description)})
	}
	columns(&b, rows)
	_, err := io.WriteString(w, b.String())
	return err
}

// Validation prints that a topology is valid, and what is in it; what is wrong with
// others is an error, and printed as one.
func Validation(w io.Writer, v *view.Validation) error {
	_, err := fmt.Fprintf(w, "%s: %s, %s, %s, %s\n", Name(v.File), plural(uint64(v.Segments), "segment"), plural(uint64(v.Hosts), "host"), plural(uint64(v.Steps), "step"), plural(uint64(v.Expectations), "expectation")) //nolint:gosec // counts
	return err
}
