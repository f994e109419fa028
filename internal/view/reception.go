package view

import "mcast/internal/observe"

// Reception is what was observed of how a group reaches a host in a lab, and whether a
// program received it.
type Reception struct {
	Lab, Step string // the program's step
	Received  bool
	*observe.Reception
}
