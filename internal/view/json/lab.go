package json

import "mcast/internal/view"

type topology struct {
	Type        string `json:"type"`
	Name        string `json:"name"`
	Description string `json:"description"`
}

// Topology prints one topology of a list.
func (p *Printer) Topology(t *view.Topology) error {
	return p.encoder.Encode(topology{"topology", t.Name, t.Description})
}

type validation struct {
	Type     string    `json:"type"`
	File     string    `json:"file"`
	Valid    bool      `json:"valid"`
	Problems []problem `json:"problems"`
	More     int       `json:"more,omitempty"`
}

type problem struct {
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	Place  string `json:"place,omitempty"`
	Text   string `json:"text"`
	Hint   string `json:"hint,omitempty"`
}

// Validation prints whether a topology is valid, and what is wrong.
func (p *Printer) Validation(v *view.Validation) error {
	o := validation{Type: "validation", File: v.File, Valid: len(v.Problems) == 0, Problems: []problem{}, More: v.More}
	for _, q := range v.Problems {
		o.Problems = append(o.Problems, problem{q.Line, q.Column, q.Place, q.Text, q.Advice})
	}
	return p.encoder.Encode(o)
}
