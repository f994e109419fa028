package capture

// Direction says which way a frame went at the interface where it was captured.
type Direction uint8

// The directions. Unknown is what formats say nothing of: pcap files have none.
const (
	DirectionUnknown Direction = iota
	DirectionIn                // to this host, to a group or to everybody
	DirectionOut               // sent by this host
	DirectionOther             // from one other host to another: seen, and not for this one
)

// String returns "in", "out" or "other", and "" for what is unknown.
func (d Direction) String() string {
	switch d {
	case DirectionIn:
		return "in"
	case DirectionOut:
		return "out"
	case DirectionOther:
		return "other"
	}
	return ""
}
