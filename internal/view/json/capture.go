package json

import (
	"net/netip"

	"mcast/internal/view"
)

type captureSummary struct {
	Type           string        `json:"type"`
	Captured       uint64        `json:"captured"`
	Bytes          uint64        `json:"bytes"`
	Dropped        *uint64       `json:"dropped"`
	DroppedAtLeast bool          `json:"dropped_at_least,omitempty"`
	Seconds        float64       `json:"seconds"`
	Groups         []groupFrames `json:"groups"`
}

type groupFrames struct {
	Group     netip.Addr `json:"group"`
	Port      *uint16    `json:"port"` // null: they have none
	Interface string     `json:"interface"`
	Frames    uint64     `json:"frames"`
	Bytes     uint64     `json:"bytes"`
}

// Capture prints the summary of a capture.
func (p *Printer) Capture(c *view.Capture) error {
	o := captureSummary{Type: "summary", Captured: c.Captured, Bytes: c.Bytes, Seconds: c.Seconds(), Groups: []groupFrames{}}
	if c.Dropped != nil {
		o.Dropped, o.DroppedAtLeast = &c.Dropped.Count, c.Dropped.AtLeast
	}
	for _, g := range c.Groups {
		f := groupFrames{Group: g.Group, Interface: g.Interface, Frames: g.Frames, Bytes: g.Bytes}
		if g.Port != 0 {
			f.Port = &g.Port
		}
		o.Groups = append(o.Groups, f)
	}
	return p.encoder.Encode(o)
}
