package capture

import (
	"encoding/binary"
	"math"
)

// writePcap is write for pcap files.
func (w *Writer) writePcap(f *Frame, most int) error {
	if f.Interface != w.last {
		if err := w.beginPcap(f.Interface); err != nil {
			return err
		}
		w.last = f.Interface
	}
	if len(f.Data) > w.snapLen && w.snapLen > 0 && f.Interface.SnapLen != w.snapLen {
		return unwritable(writePcapng, "a frame of %d bytes, in a pcap file of frames of at most %d", len(f.Data), w.snapLen)
	}
	seconds := uint64(f.Time.Unix())
	nanoseconds := uint32(f.Time.Nanosecond())
	if seconds > math.MaxUint32 {
		if !f.Time.IsZero() {
			return unwritable(writePcapng, "a frame of %v, and pcap files have times from 1970 to 2106", f.Time.UTC())
		}
		seconds = 0
	}
	if f.Datagrams == nil {
		data, err := w.beginRecord(uint32(seconds), nanoseconds, 1, len(f.Data), f.Length)
		copy(data, f.Data)
		return err
	}
	for most > 0 {
		n, count := f.Datagrams.NextRun()
		if n == 0 {
			break
		}
		count = min(count, most, w.sink.fit(pcapRecord+n))
		data, err := w.beginRecord(uint32(seconds), nanoseconds, count, n, n)
		if err != nil {
			return err
		}
		most -= f.Datagrams.CopyRun(data, pcapRecord+n)
	}
	return nil
}

// beginRecord writes all that is known of count frames but their data, and returns
// the place for these, from the first one's n bytes to the last one's.
func (w *Writer) beginRecord(seconds, nanoseconds uint32, count, n, length int) ([]byte, error) {
	size := pcapRecord + n
	b, err := w.sink.room(count * size)
	if err != nil {
		return nil, err
	}
	o := binary.LittleEndian
	h := (*[pcapRecord]byte)(b)
	o.PutUint32(h[:], seconds)
	o.PutUint32(h[4:], nanoseconds)
	o.PutUint32(h[8:], uint32(n))
	o.PutUint32(h[12:], uint32(max(n, length)))
	for i := size; i < len(b); i += size {
		*(*[pcapRecord]byte)(b[i:]) = *h
	}
	return b[pcapRecord:], nil
}

const writePcapng = "write pcapng, which can hold it: a name that does not end in .pcap"

// beginPcap writes the file's header, for the first interface, and refuses a later
// one that does not fit.
func (w *Writer) beginPcap(i *Interface) error {
	linkType := linkTypeToWrite(i)
	if w.begun {
		if linkType != w.linkType {
			return unwritable(writePcapng, "frames of link type %d, in a pcap file of frames of link type %d", linkType, w.linkType)
		}
		return nil
	}
	if linkType < 0 || linkType > linkTypeBit {
		return unwritable("", "link type %d, and they are from 0 to %d", linkType, linkTypeBit)
	}
	b, err := w.sink.room(pcapHeader)
	if err != nil {
		return err
	}
	w.begun, w.linkType, w.snapLen = true, linkType, snapLenToWrite(i)
	o := binary.LittleEndian
	o.PutUint32(b, magicNanoseconds)
	o.PutUint16(b[4:], 2) // the version
	o.PutUint16(b[6:], 4)
	o.PutUint64(b[8:], 0) // time zone and accuracy, which nobody uses
	o.PutUint32(b[16:], uint32(w.snapLen))
	o.PutUint32(b[20:], uint32(linkType))
	return nil
}

// snapLenToWrite returns an interface's limit as files have it.
func snapLenToWrite(i *Interface) int { return int(min(uint64(max(i.SnapLen, 0)), math.MaxUint32)) }

// wholePcap is sink.whole of pcap files.
func wholePcap(b []byte, n int, first bool) int {
	end := 0
	if first {
		if n < pcapHeader {
			return 0
		}
		end = pcapHeader
	}
	for end+pcapRecord <= n {
		next := end + pcapRecord + int(binary.LittleEndian.Uint32(b[end+8:]))
		if next > n {
			break
		}
		end = next
	}
	return end
}
