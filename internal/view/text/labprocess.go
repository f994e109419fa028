package text

import (
	"io"
	"strconv"
	"strings"

	"mcast/internal/view"
)

// LabProcesses prints what runs in a lab, a line each.
func LabProcesses(w io.Writer, list []view.LabProcess) error {
	rows := [][]string{{"HOST", "PID", "COMMAND"}}
	for _, p := range list {
		rows = append(rows, []string{Name(p.Host), strconv.Itoa(p.PID), Name(strings.Join(p.Command, " "))})
	}
	var b strings.Builder
	columns(&b, rows)
	_, err := io.WriteString(w, b.String())
	return err
}
