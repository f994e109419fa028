package sys

// OffloadHeader says what is left to a network card to do to a frame (struct
// virtio_net_hdr in linux/virtio_net.h). The zero value is: nothing.
type OffloadHeader struct {
	Flags          uint8  // OffloadChecksum, or none
	Kind           uint8  // OffloadNone, OffloadUDP …
	HeaderLen      uint16 // all headers of a superframe
	Segment        uint16 // payload bytes of each segment but the last
	ChecksumStart  uint16 // from where a checksum is to be made
	ChecksumOffset uint16 // where it is to be put, from there
}
