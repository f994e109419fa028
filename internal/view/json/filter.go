package json

import "mcast/internal/view"

type program struct {
	Type         string        `json:"type"`
	Expression   string        `json:"expression"`
	LinkType     string        `json:"link_type"`
	Instructions []instruction `json:"instructions"`
}

type instruction struct {
	Code uint16 `json:"code"`
	Jt   uint8  `json:"jt"`
	Jf   uint8  `json:"jf"`
	K    uint32 `json:"k"`
}

type explanation struct {
	Type       string `json:"type"`
	Expression string `json:"expression"`
	Meaning    string `json:"meaning"`
	Canonical  string `json:"canonical"`
}

type count struct {
	Type       string `json:"type"`
	Expression string `json:"expression"`
	Kept       uint64 `json:"kept"`
	Frames     uint64 `json:"frames"`
}

// Program prints a compiled filter.
func (p *Printer) Program(f *view.Program) error {
	o := program{Type: "program", Expression: f.Expression, LinkType: f.LinkType, Instructions: []instruction{}}
	for _, in := range f.Instructions {
		o.Instructions = append(o.Instructions, instruction(in))
	}
	return p.encoder.Encode(o)
}

// Explanation prints what a filter means.
func (p *Printer) Explanation(e *view.Explanation) error {
	return p.encoder.Encode(explanation{"explanation", e.Expression, e.Meaning, e.Canonical})
}

// Count prints how many frames a filter keeps.
func (p *Printer) Count(c *view.Count) error {
	return p.encoder.Encode(count{"count", c.Expression, c.Kept, c.Frames})
}
