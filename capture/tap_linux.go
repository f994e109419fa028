package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"time"

	"mcast/filter"
	"mcast/internal/rtnl"
	"mcast/internal/sys"
	"mcast/wire"
)

const (
	// A block is what the kernel hands over at once at full rate. It holds several
	// superframes, which have up to 64 KiB, and stays in a processor's cache.
	// Being woken for each costs as much as some hundred frames, so a large ring
	// has large ones.
	leastBlock  = 256 << 10
	mostBlock   = 1 << 20
	leastBlocks = 16 // a ring is full as soon as its blocks are begun
	// blockAge is how old a frame gets before the kernel hands over a block that is
	// not full. At most a hundred times a second Next is woken for that.
	blockAge = 10 * time.Millisecond

	// Ten million datagrams of 64 bytes a second are 1 GB/s with their headers: all
	// named interfaces together can be a tenth of a second behind.
	ringOfNamed  = 128 << 20
	leastOfNamed = 16 << 20
	ringOfAll    = 4 << 20
	mostRing     = 1 << 30

	// mostLink is how much longer than the MTU a frame may be that is none of
	// segmentation offload: an Ethernet header and two tags.
	mostLink = 14 + 2*4

	tagSize = 4 // of a VLAN tag
	sllSize = 16
)

// tap is a capture on one interface.
type tap struct {
	iface  *Interface
	socket *sys.PacketSocket // nil when it has ended
	ring   *sys.Ring
	stats  InterfaceStats

	link     filter.LinkType
	cooked   bool
	loopback bool
	split    bool            // superframes are
	exact    *filter.Program // the filter
	program  *filter.Program // the same, if it has to decide on what the kernel lets through; else nil
	meta     filter.Meta
	snapLen  int // 0: none
	longest  int // bytes of a frame that cannot be a superframe
	up       bool
	end      time.Time // when it is at its end, for its interface is gone; zero before

	head      sys.RingFrame // the next frame
	has       bool
	super     wire.Superframe // what head is, if it is
	splitting bool
}

// newTap begins to capture on an interface.
func (l *Live) newTap(link rtnl.Link, id int) (*tap, error) {
	t := &tap{longest: link.MTU + mostLink, up: true, snapLen: l.config.SnapLen, loopback: link.Flags&net.FlagLoopback != 0}
	t.link, t.cooked = HardwareLinkType(link.Type)
	t.iface = &Interface{ID: id, Index: link.Index, Name: link.Name, LinkType: t.link.Number(), SnapLen: l.config.SnapLen}
	t.meta.Interface = uint32(link.Index)
	t.stats = InterfaceStats{Interface: t.iface, Splits: l.offload && !t.cooked}
	t.split = t.stats.Splits && !l.config.Superframes
	program, err := t.compile(l.config.filterFor(t.link), l.filterOptions(link, t))
	if err != nil {
		return nil, err
	}
	if t.socket, err = l.openSocket(t.cooked); err == nil {
		err = l.start(t, program)
	}
	if err != nil {
		if t.socket != nil {
			_ = t.close(false)
		}
		return nil, explain(link.Name, err)
	}
	return t, nil
}

// start sets a socket up. Binding is the last step: nothing is captured before the
// filter is in place.
func (l *Live) start(t *tap, program []sys.Instruction) (err error) {
	if t.stats.Splits {
		if err := t.socket.SetOffloadHeader(); err != nil {
			return err
		}
	}
	size := l.config.RingSize
	switch {
	case size > 0:
	case l.all:
		size = ringOfAll
	default:
		size = max(ringOfNamed/len(l.config.Interfaces), leastOfNamed)
	}
	block := mostBlock
	for block > leastBlock && size/block < leastBlocks {
		block /= 2
	}
	if t.ring, err = t.socket.OpenRing(block, max(2, (size+block-1)/block), blockAge); err != nil {
		return err
	}
	if t.loopback {
		// Where the kernel cannot, take does.
		_ = t.socket.IgnoreOutgoing()
	}
	if err := t.socket.Attach(program); err != nil {
		if !errors.Is(err, sys.ErrNoMemory) {
			return err
		}
		t.program, t.stats.KernelFilter = t.exact, false
		if err := t.socket.Attach(keepAll); err != nil {
			return err
		}
	}
	if l.config.Promiscuous && !t.loopback {
		if err := t.socket.SetPromiscuous(t.iface.Index); err != nil {
			return err
		}
	}
	if l.config.AllMulticast && !t.loopback {
		if err := t.socket.SetAllMulticast(t.iface.Index); err != nil {
			return err
		}
	}
	if err := l.poller.AddPacket(t.socket, int32(t.iface.ID)); err != nil {
		return err
	}
	return t.socket.Bind(t.iface.Index)
}

// explain says why a capture cannot begin.
func explain(name string, err error) error {
	advice := ""
	switch {
	case errors.Is(err, sys.ErrNotPermitted), errors.Is(err, sys.ErrAccess):
		err = fmt.Errorf("it needs CAP_NET_RAW: %w", err)
		advice = "grant it to the program: sudo setcap cap_net_raw+ep $(command -v mcast); or run as root, or in a user namespace: unshare -rn"
	case errors.Is(err, sys.ErrNoMemory), errors.Is(err, sys.ErrNoBuffers):
		advice = "ask for a smaller ring"
	case errors.Is(err, sys.ErrTooManyFiles):
		advice = "raise the limit of open files (ulimit -n), or name fewer interfaces"
	}
	return failed(name, err, advice)
}

// count adds what the kernel has counted.
func (t *tap) count() error {
	passed, dropped, err := t.socket.Statistics()
	if err != nil {
		return fmt.Errorf("count what was dropped on %s: %w", t.iface.Name, err)
	}
	t.stats.Received += uint64(passed)
	t.stats.Dropped += uint64(dropped)
	return nil
}

// close ends it. With lent, the memory of the last frame stays.
func (t *tap) close(lent bool) error {
	err := t.count()
	_ = t.socket.Close()
	t.socket = nil
	if t.ring != nil {
		t.ring.Unmap(lent)
	}
	return err
}

// before says that t's next frame is older than another's.
func (t *tap) before(other *tap) bool {
	a, b := &t.head, &other.head
	return a.Seconds < b.Seconds || a.Seconds == b.Seconds && a.Nanoseconds < b.Nanoseconds
}

// take makes a frame, into f, of the head or of the next datagram in it; with runs of
// all datagrams in it, if they are all wanted. It reports false if there is nothing
// that is wanted.
func (t *tap) take(f *Frame, runs bool) bool {
	h := &t.head
	start, end, length := h.Start, h.End, h.Length
	f.Datagrams = nil
	if !t.splitting {
		t.has = false
		if t.loopback && h.PacketType == sys.PacketOutgoing {
			return false
		}
		t.meta.PacketType, t.meta.VLAN, t.meta.TCI, t.meta.TPID = h.PacketType, h.HasTag, h.Tag, h.TagType
		if t.split && h.Offload == sys.OffloadUDP {
			t.splitting = t.begin()
			if t.splitting && runs && t.program == nil && !h.HasTag && t.snapLen == 0 {
				t.splitting = false
				f.Datagrams = &t.super
			}
		}
		if t.cooked {
			start = t.cook()
			length += sllSize
		}
	}
	split := t.splitting
	if split {
		if start, end, t.splitting = t.super.Next(); !t.splitting {
			return false
		}
		length = end - start
	}
	if t.program != nil && !t.program.MatchMeta(h.Buffer[start:end], length, &t.meta) {
		return false
	}
	if h.HasTag && t.link == filter.Ethernet {
		start = t.restoreTag(start, end)
		length += tagSize
	}
	if t.snapLen > 0 {
		end = min(end, start+t.snapLen)
	}
	// Field by field: as one literal it would be built elsewhere and copied.
	f.Data = h.Buffer[start:end:end]
	f.Length = length
	f.Time = time.Unix(int64(h.Seconds), int64(h.Nanoseconds))
	f.Interface = t.iface
	f.Direction = direction(h.PacketType)
	f.Comment = ""
	switch {
	case split:
		f.ChecksumPending, f.Superframe, f.SegmentSize = false, false, 0
	case t.stats.Splits:
		f.ChecksumPending, f.Superframe, f.SegmentSize = h.ChecksumPending, h.Offload != sys.OffloadNone, int(h.Segment)
	default:
		f.ChecksumPending, f.Superframe, f.SegmentSize = h.ChecksumPending, length > t.longest, 0
	}
	return true
}

// begin begins to split the head, if that can be.
func (t *tap) begin() bool {
	h := &t.head
	split := t.super.SplitEthernet
	if t.link == filter.Raw {
		split = t.super.SplitIP
	}
	const udpHeader = 8
	return split(h.Buffer[:h.End], h.Start, int(h.Segment)) &&
		// In a tunnel the segments are of the inner UDP, and so is the checksum.
		(!h.ChecksumStarted || int(h.ChecksumStart)+udpHeader == t.super.HeaderLen())
}

// cook puts the header of a cooked capture in front of the head, into memory that
// the kernel leaves free there (28 bytes), and returns where it begins.
func (t *tap) cook() (start int) {
	h := &t.head
	start = h.Start - sllSize
	b := h.Buffer[start:h.Start]
	sender := len(h.Sender)
	var address [8]byte
	copy(address[:], h.Sender)
	o := binary.BigEndian
	o.PutUint16(b, uint16(h.PacketType))
	o.PutUint16(b[2:], h.Hardware)
	o.PutUint16(b[4:], uint16(sender))
	copy(b[6:], address[:])
	o.PutUint16(b[14:], h.Protocol)
	return start
}

// restoreTag puts the VLAN tag back that the kernel has taken out: the addresses
// move to the front, into memory that is free there or was the datagram's before.
func (t *tap) restoreTag(start, end int) int {
	const addresses = 12
	h := &t.head
	if end-start < addresses {
		return start
	}
	b := h.Buffer[start-tagSize : end]
	copy(b, b[tagSize:][:addresses])
	binary.BigEndian.PutUint16(b[addresses:], h.TagType)
	binary.BigEndian.PutUint16(b[addresses+2:], h.Tag)
	return start - tagSize
}

func direction(packetType uint8) Direction {
	switch packetType {
	case sys.PacketOutgoing:
		return DirectionOut
	case sys.PacketOther:
		return DirectionOther
	}
	return DirectionIn
}
