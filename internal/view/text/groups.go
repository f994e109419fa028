package text

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"mcast/internal/view"
)

// Memberships prints a table of who has joined what: a line a user, the group
// only at the first.
func Memberships(w io.Writer, list []view.Membership) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "INTERFACE\tGROUP\tWANTS\tVERSION\tWHO")
	for i := range list {
		m := &list[i]
		version := m.Version
		switch m.VersionSource {
		case "":
			version = "unknown"
		case "forced", "inferred":
			version += " (" + m.VersionSource + ")"
		}
		head := fmt.Sprintf("%s\t%v\t%s\t%s", column(m.Interface), m.Group, wants(m), version)
		for _, who := range users(m) {
			_, _ = fmt.Fprintf(t, "%s\t%s\n", head, who)
			head = "\t\t\t"
		}
	}
	return t.Flush()
}

// users returns a line for each that has joined.
func users(m *view.Membership) []string {
	var list []string
	if m.Kernel == 1 {
		list = append(list, "kernel")
	} else if m.Kernel > 1 {
		list = append(list, fmt.Sprintf("kernel, %d times", m.Kernel))
	}
	for i := range m.Sockets {
		s := &m.Sockets[i]
		line := Who(s.Command, s.PID) + " " + local(s)
		if !s.Wants.Equal(m.Wants) {
			line += ": " + Sources(s.Wants)
		}
		list = append(list, line)
	}
	if m.Unknown > 0 {
		list = append(list, plural(uint64(m.Unknown), "user")+" that may not be looked into")
	}
	if list == nil {
		list = []string{"nobody"} // between two looks
	}
	return list
}

// Who returns a process by its command and number.
func Who(command string, pid int) string { return column(command) + "[" + strconv.Itoa(pid) + "]" }

func local(s *view.MemberSocket) string {
	if s.Protocol == "raw" {
		return fmt.Sprintf("raw %s protocol %d", Name(s.Local.Addr().String()), s.Local.Port())
	}
	a := s.Local.String()
	if !s.Local.IsValid() || s.Local.Port() == 0 {
		a = "not bound"
	}
	if s.Protocol != "udp" {
		a = s.Protocol + " " + a
	}
	return Name(a)
}

func wants(m *view.Membership) string {
	if m.Wants.Mode != "" || len(m.Listed) == 0 {
		return Sources(m.Wants)
	}
	var list []string
	for _, l := range m.Listed {
		if l.Include > 0 {
			list = append(list, l.Source.String())
		}
		if l.Exclude > 0 {
			list = append(list, "not "+l.Source.String())
		}
	}
	return "unknown (somebody: " + strings.Join(list, ", ") + ")"
}

// Sources returns which sources are wanted, in words.
func Sources(s view.Sources) string {
	var list []string
	for _, a := range s.List {
		list = append(list, a.String())
	}
	switch {
	case s.Mode == "":
		return "unknown"
	case s.Mode == "include":
		return "only " + strings.Join(list, ", ")
	case len(list) == 0:
		return "any source"
	}
	return "all but " + strings.Join(list, ", ")
}

// EventHeadline is the first line of a table of events.
const EventHeadline = "TIME             EVENT    INTERFACE  GROUP                  WANTS            VERSION  WHO\n"

// AppendEvent appends a line for an event; aligned, it is one of a table.
func AppendEvent(b []byte, e *view.MembershipEvent, aligned bool) []byte {
	b = e.Time.AppendFormat(b, "15:04:05.000000")
	who := "unknown"
	switch {
	case e.Socket != nil:
		who = Who(e.Socket.Command, e.Socket.PID) + " " + local(e.Socket)
	case e.Who != "":
		who = column(e.Who)
	}
	if e.Seen == "rescan" {
		who += " (rescan)"
	}
	group := ""
	if e.Group.IsValid() {
		group = e.Group.String()
	}
	version := e.Version
	if version == "" {
		version = "unknown"
	}
	switch e.Event {
	case "query":
		return appendQuery(b, e, version, who, aligned)
	case "querier":
		return appendQuerier(b, e, version, who, aligned)
	}
	if !aligned {
		on := group
		if on != "" {
			on += " "
		}
		return fmt.Appendf(b, " %s %son %s: %s, %s, %s\n", e.Event, on, column(e.Interface), Sources(e.Wants), version, who)
	}
	return fmt.Appendf(b, "  %-7s  %-9s  %-21s  %-15s  %-7s  %s\n", e.Event, column(e.Interface), group, Sources(e.Wants), version, who)
}

func appendQuery(b []byte, e *view.MembershipEvent, version, who string, aligned bool) []byte {
	in := "any group"
	if e.Group.IsValid() {
		in = e.Group.String()
	}
	from := ""
	if len(e.Wants.List) > 0 {
		from = Sources(e.Wants)
	}
	if aligned {
		return fmt.Appendf(b, "  %-7s  %-9s  %-21s  %-15s  %-7s  %s\n", e.Event, column(e.Interface), in, from, version, who)
	}
	if from != "" {
		in += ", " + from + ","
	}
	return fmt.Appendf(b, " query who is in %s on %s: querier %s, %s\n", in, column(e.Interface), who, version)
}

func appendQuerier(b []byte, e *view.MembershipEvent, version, who string, aligned bool) []byte {
	var words []string
	if q := e.Querier; q != nil {
		if q.State == "gone" {
			words = append(words, "gone")
		}
		if q.Interval > 0 {
			words = append(words, fmt.Sprintf("every %v s", q.Interval.Seconds()))
		}
		switch {
		case q.State == "gone" || q.Elected == nil:
		case *q.Elected:
			words = append(words, "elected")
		default:
			words = append(words, "not elected")
		}
	}
	said := strings.Join(words, ", ")
	if !aligned {
		if said != "" {
			said = ", " + said
		}
		return fmt.Appendf(b, " querier %s on %s: %s%s\n", who, column(e.Interface), version, said)
	}
	if said != "" {
		said = " (" + said + ")"
	}
	return fmt.Appendf(b, "  %-7s  %-9s  %-21s  %-15s  %-7s  %s%s\n", e.Event, column(e.Interface), "", "", version, who, said)
}

// column returns a name that somebody else chose so that it is one word, and
// harmless to a terminal.
func column(s string) string {
	if n := Name(s); n != s || !strings.ContainsAny(s, " \"[]") && s != "" {
		return n
	}
	return strconv.Quote(s)
}
