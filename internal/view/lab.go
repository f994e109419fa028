package view

import "mcast/lab"

// Topology is a topology in a list.
type Topology struct{ Name, Description string }

// Validation tells what is in a topology, or what is wrong with it.
type Validation struct {
	File                                 string
	Segments, Hosts, Steps, Expectations int
	Problems                             []*lab.Problem // none: it is valid
	More                                 int            // problems besides
}
