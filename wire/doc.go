// Package wire is network frames as bytes: it decodes them, encodes what a
// multicast tool sends, and says in a line or in every field what is in them.
// It opens nothing, reads no file and needs the standard library only.
//
//	var p wire.Packet // used again for every frame
//	p.Decode(wire.LinkEthernet, frame, len(frame), wire.Options{})
//	line = p.AppendLine(line[:0])
//	for i, l := range p.Layers() {
//		fmt.Println(l.Protocol, p.Fields(i))
//	}
//
// A frame is a list of layers, from the outermost in: Ethernet, IPv4, UDP, RTP.
// Decoding finds the layers, verifies their checksums and notes what is wrong
// with them; it allocates nothing. The fields of a layer are read from the bytes
// when somebody asks for them.
//
// Nothing in a frame is trusted. What is malformed is decoded as far as it is
// sound, and marked: see [Fault].
package wire
