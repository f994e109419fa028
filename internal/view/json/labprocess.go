package json

import "mcast/internal/view"

type labProcess struct {
	Type    string   `json:"type"`
	Host    string   `json:"host"`
	PID     int      `json:"pid"`
	Command []string `json:"command"`
}

// LabProcess prints a program that runs in a lab.
func (p *Printer) LabProcess(l *view.LabProcess) error {
	return p.encoder.Encode(labProcess{"process", l.Host, l.PID, orEmpty(l.Command)})
}
