package capture

import "strings"

// Format is a format of capture files.
type Format int

// The formats.
const (
	// FormatByName is pcap for a name that ends in ".pcap", and pcapng for every
	// other.
	FormatByName Format = iota

	// FormatPcapng has everything that a Frame has: interfaces, directions,
	// comments, and statistics.
	FormatPcapng

	// FormatPcap has times, lengths and bytes. All frames of a file are of one
	// link type.
	FormatPcap
)

// String returns "pcapng" or "pcap".
func (f Format) String() string {
	switch f {
	case FormatPcapng:
		return "pcapng"
	case FormatPcap:
		return "pcap"
	}
	return "by name"
}

// of returns the format for a file of that name.
func (f Format) of(name string) Format {
	switch {
	case f != FormatByName:
		return f
	case strings.HasSuffix(name, ".pcap"):
		return FormatPcap
	}
	return FormatPcapng
}
