package syntax

// Direction says which of source and destination a primitive is about.
type Direction uint8

// The directions.
const (
	AnyDirection Direction = iota // "src or dst", and also when nothing is said
	Source
	Destination
	BothDirections // "src and dst"
)

// qualifier returns the words for a direction before others.
func (d Direction) qualifier() string {
	switch d {
	case Source:
		return "src "
	case Destination:
		return "dst "
	case BothDirections:
		return "src and dst "
	}
	return ""
}

// words returns a direction as it is in a description.
func (d Direction) words() string {
	switch d {
	case Source:
		return "from"
	case Destination:
		return "to"
	case BothDirections:
		return "from and to"
	}
	return "from or to"
}

// askers returns in words which address of an ARP frame is meant.
func (d Direction) askers() string {
	switch d {
	case Source:
		return "sent by"
	case Destination:
		return "asking for or answering"
	case BothDirections:
		return "sent by and asking for"
	}
	return "about"
}
