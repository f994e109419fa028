// Package svg draws reports as pictures.
package svg

import (
	"fmt"
	"html"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"mcast/internal/view"
)

// The measures of the drawing, in units of SVG.
const (
	letter  = 7.3 // width of a character of the font, about
	line    = 15  // height of a line of text
	gap     = 24  // between columns, and around
	rowSize = 44  // between segments above one another
)

// Graph draws a topology: the hosts in a row, and segments as bars above and below
// them. A line from a host ends in a dot at the bar of its segment.
func Graph(w io.Writer, g *view.Graph) error {
	d := layOut(g)
	var b strings.Builder
	d.write(&b, g)
	_, err := io.WriteString(w, b.String())
	return err
}

// drawing is where everything is.
type drawing struct {
	width, height float64
	top, bottom   float64 // of the hosts' boxes
	columns       []column
	bars          []bar // of the segments
	upper, lower  float64
}

// column is a host.
type column struct{ left, width, box float64 }

// bar is a segment.
type bar struct {
	below bool
	row   int       // from the hosts on
	ports []float64 // x of each
	left  float64
	right float64
}

// side is one side of a host, above or below it.
type side struct {
	host  int
	below bool
}

func width(s string) float64 { return letter * float64(utf8.RuneCountInString(s)) }

// label is what stands beside an interface's line.
func label(p *view.GraphPort) []string {
	return slices.Concat([]string{p.Interface}, p.Addresses, p.Notes)
}

func widest(lines []string) (most float64) {
	for _, l := range lines {
		most = max(most, width(l))
	}
	return most
}

// title is what stands at a segment's bar.
func title(s *view.GraphSegment) string { return s.Name + " (" + s.About + ")" }

// about is the line above all.
func about(g *view.Graph) string {
	if g.Description == "" {
		return g.Name
	}
	return g.Name + ": " + strings.TrimSpace(g.Description)
}

func layOut(g *view.Graph) *drawing {
	d := &drawing{columns: make([]column, len(g.Hosts)), bars: make([]bar, len(g.Segments))}
	d.assignRows(g)
	need := map[side]float64{} // how much room the lines of a host need there
	lines := map[bool]int{}
	for i := range g.Segments {
		s := &g.Segments[i]
		for j := range s.Ports {
			p := &s.Ports[j]
			text := label(p)
			need[side{p.Host, d.bars[i].below}] += widest(text) + gap
			lines[d.bars[i].below] = max(lines[d.bars[i].below], len(text))
		}
	}
	x, tall := float64(gap), 1
	for i := range g.Hosts {
		c := &d.columns[i]
		c.box = max(widest(g.Hosts[i].Notes), width(g.Hosts[i].Name)) + gap
		c.width = max(c.box, need[side{i, false}], need[side{i, true}])
		tall = max(tall, 1+len(g.Hosts[i].Notes))
	}
	for i := range g.Segments {
		d.widen(&g.Segments[i])
	}
	for i := range d.columns {
		d.columns[i].left = x
		x += d.columns[i].width + gap
	}
	d.width = max(x, width(about(g))+2*gap)
	rows := map[bool]int{}
	for _, b := range d.bars {
		rows[b.below] = max(rows[b.below], b.row+1)
	}
	d.upper = float64(gap + line*2 + rowSize*rows[false])
	d.top = d.upper + float64(line*(lines[false]+1))
	d.bottom = d.top + float64(line*tall+gap/2)
	d.lower = d.bottom + float64(line*(lines[true]+1))
	d.height = d.lower + float64(rowSize*rows[true]+gap)
	d.place(g)
	return d
}

// span returns the first and the last column of a segment; without ports it has all.
func (d *drawing) span(s *view.GraphSegment) (first, last int) {
	if n := len(s.Ports); n > 0 {
		return s.Ports[0].Host, s.Ports[n-1].Host
	}
	return 0, len(d.columns) - 1
}

// widen makes room for the title of a segment above or below the columns that it has.
func (d *drawing) widen(s *view.GraphSegment) {
	first, last := d.span(s)
	there := -float64(gap)
	for _, c := range d.columns[first : last+1] {
		there += c.width + gap
	}
	if lack := width(title(s)) - there; lack > 0 {
		d.columns[last].width += lack
	}
}

// assignRows puts segments that share no column into one row, by turns above and
// below the hosts.
func (d *drawing) assignRows(g *view.Graph) {
	var ends [][]bool // by row: which columns are taken
	for i := range g.Segments {
		first, last := d.span(&g.Segments[i])
		free := func(taken []bool) bool { return !slices.Contains(taken[first:last+1], true) }
		row := slices.IndexFunc(ends, free)
		if row < 0 {
			row = len(ends)
			ends = append(ends, make([]bool, len(d.columns)))
		}
		for c := first; c <= last; c++ {
			ends[row][c] = true
		}
		d.bars[i].below, d.bars[i].row = row%2 == 1, row/2
	}
}

// place says where the lines of interfaces are, and from where to where bars go.
func (d *drawing) place(g *view.Graph) {
	used := map[side]float64{}
	for i := range g.Segments {
		s, b := &g.Segments[i], &d.bars[i]
		b.left, b.right = gap, gap
		for j := range s.Ports {
			p := &s.Ports[j]
			at := side{p.Host, b.below}
			x := d.columns[p.Host].left + used[at] + gap/2
			used[at] += widest(label(p)) + gap
			b.ports = append(b.ports, x)
			if j == 0 {
				b.left = d.columns[p.Host].left
			}
			b.right = x
		}
		b.right = max(b.right+gap, b.left+width(title(s)))
	}
}

// y returns the height of a segment's bar.
func (d *drawing) y(b *bar) float64 {
	if b.below {
		return d.lower + float64(rowSize*b.row) + line
	}
	return d.upper - float64(rowSize*b.row) - line
}

func (d *drawing) write(b *strings.Builder, g *view.Graph) {
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" font-family="monospace" font-size="12">
<title>%s</title>
<style>
  .paper { fill: white }
  text { fill: black }
  .name { font-weight: bold }
  .note { fill: dimgray }
  .box { fill: aliceblue; stroke: steelblue }
  .bar { stroke: darkslategray; stroke-width: 4; stroke-linecap: round }
  .link { stroke: darkslategray; stroke-width: 1.5 }
  .dot { fill: darkslategray }
</style>
<rect class="paper" width="100%%" height="100%%"/>
`, d.width, d.height, d.width, d.height, escape(g.Name))
	write := func(class string, x, y float64, text string) {
		fmt.Fprintf(b, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>\n", class, x, y, escape(text))
	}
	write("name", gap, gap, about(g))
	for i := range g.Segments {
		s, bar := &g.Segments[i], &d.bars[i]
		y := d.y(bar)
		fmt.Fprintf(b, "<line class=\"bar\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", bar.left, y, bar.right, y)
		if bar.below {
			write("name", bar.left, y+line+2, title(s))
		} else {
			write("name", bar.left, y-6, title(s))
		}
		for j := range s.Ports {
			p, x := &s.Ports[j], bar.ports[j]
			text := label(p)
			from, first := d.top, d.top-float64(line*len(text))+line/2
			if bar.below {
				from, first = d.bottom, d.bottom+line
			}
			fmt.Fprintf(b, "<line class=\"link\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>\n", x, from, x, y, x, y)
			for k, l := range text {
				write("note", x+5, first+float64(line*k), l)
			}
		}
	}
	for i := range g.Hosts {
		h, c := &g.Hosts[i], &d.columns[i]
		fmt.Fprintf(b, "<rect class=\"box\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"4\"/>\n", c.left, d.top, c.width, d.bottom-d.top)
		write("name", c.left+gap/2, d.top+line, h.Name)
		for k, note := range h.Notes {
			write("note", c.left+gap/2, d.top+float64(line*(k+2)), note)
		}
	}
	b.WriteString("</svg>\n")
}

// escape returns a text for between tags. XML has no control characters.
func escape(s string) string {
	return html.EscapeString(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '�'
		}
		return r
	}, s))
}
