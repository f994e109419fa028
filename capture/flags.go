package capture

// The flags of a frame in pcapng (epb_flags; draft-ietf-opsawg-pcapng, section
// 4.3.1): direction in the lowest two bits, then three of how it was received.
const (
	flagInbound     = 1
	flagOutbound    = 2
	flagDirection   = 3
	flagPromiscuous = 4 << 2
	flagReception   = 7 << 2
)

// flags are written for a direction. The format has no word for what goes from one
// other host to another; received because an interface is promiscuous is the
// same.
func (d Direction) flags() uint32 {
	switch d {
	case DirectionIn:
		return flagInbound
	case DirectionOut:
		return flagOutbound
	case DirectionOther:
		return flagInbound | flagPromiscuous
	}
	return 0
}

// directionOf returns the direction that flags tell.
func directionOf(flags uint32) Direction {
	switch flags & flagDirection {
	case flagInbound:
		if flags&flagReception == flagPromiscuous {
			return DirectionOther
		}
		return DirectionIn
	case flagOutbound:
		return DirectionOut
	}
	return DirectionUnknown
}
