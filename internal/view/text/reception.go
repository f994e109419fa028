package text

import (
	"fmt"
	"io"
	"strings"

	"mcast/internal/view"
)

// Heading prints the name of a lab, one of several that are run, and what it shows.
func Heading(w io.Writer, name, description string, first bool) error {
	before := "\n"
	if first {
		before = ""
	}
	_, err := fmt.Fprintf(w, "%s== %s: %s\n\n", before, Name(name), Name(strings.TrimSpace(description)))
	return err
}

// Reception prints what was observed on each interface, and what follows.
func Reception(w io.Writer, r *view.Reception) error {
	var b strings.Builder
	group := r.Group.Addr()
	fmt.Fprintf(&b, "\nWhat was seen of %v at %s:\n", r.Group, Name(r.Host))
	for i := range r.Interfaces {
		n := &r.Interfaces[i]
		var about []string
		for _, a := range n.Addresses {
			about = append(about, a.String())
		}
		says := "not joined, says the kernel"
		if n.Joined {
			says = "joined, says the kernel"
		}
		if n.Name == r.Route {
			says += fmt.Sprintf("; its route to %v is by here", group)
		}
		about = append(about, says)
		fmt.Fprintf(&b, "  %s  %s\n", Name(n.Name), strings.Join(about, ", "))
		frames(&b, "out", "no membership report", n.Reports)
		frames(&b, "in", "no datagram", n.Datagrams)
	}
	b.WriteByte('\n')
	for _, sentence := range r.Words(r.Received) {
		b.WriteString(wrap(sentence, 78))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// frames prints frames of one direction, each once: a report is sent several times, lest
// it is lost.
func frames(b *strings.Builder, direction, none string, list []string) {
	if len(list) == 0 {
		fmt.Fprintf(b, "    %-3s  %s\n", direction, none)
	}
	seen := map[string]bool{}
	for _, line := range list {
		if !seen[line] {
			fmt.Fprintf(b, "    %-3s  %s\n", direction, line)
		}
		seen[line] = true
	}
}

// wrap breaks text at spaces, so that no line is longer than so many characters, where
// that can be.
func wrap(text string, width int) string {
	var b strings.Builder
	at := 0
	for _, word := range strings.Fields(text) {
		n := len([]rune(word))
		switch {
		case at > 0 && at+1+n > width:
			b.WriteByte('\n')
			at = 0
		case at > 0:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += n
	}
	b.WriteByte('\n')
	return b.String()
}
