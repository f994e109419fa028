package lab

import (
	"encoding/binary"
	"net/netip"
	"syscall"

	"github.com/vishvananda/netlink/nl"

	"mcast/internal/netns"
)

// rtnetlink is a socket for requests that package netlink has no function for: what a
// bridge and its ports do with multicast (linux/if_link.h, linux/if_bridge.h).
type rtnetlink map[int]*nl.SocketHandle

func openRtnetlink(ns *netns.NS) (r rtnetlink, err error) {
	err = ns.Do(func() error {
		socket, err := nl.Subscribe(syscall.NETLINK_ROUTE) // to nothing: that is how one is opened
		r = rtnetlink{syscall.NETLINK_ROUTE: {Socket: socket}}
		return err
	})
	return r, err
}

func (r rtnetlink) close() {
	for _, s := range r {
		s.Close()
	}
}

// request asks the kernel for something, and returns what it answers.
func (r rtnetlink) request(kind, flags int, parts ...nl.NetlinkRequestData) ([][]byte, error) {
	q := nl.NewNetlinkRequest(kind, flags|syscall.NLM_F_ACK)
	q.Sockets = r
	for _, p := range parts {
		q.AddData(p)
	}
	return q.Execute(syscall.NETLINK_ROUTE, 0)
}

// order is a request that has no answer but that it was done.
func (r rtnetlink) order(kind, flags int, parts ...nl.NetlinkRequestData) error {
	_, err := r.request(kind, flags, parts...)
	return err
}

// attribute is one of a bridge or a port, with its value as the kernel wants it.
type attribute struct {
	kind  int
	value []byte
}

func flag(kind int, on bool) attribute {
	if on {
		return attribute{kind, []byte{1}}
	}
	return attribute{kind, []byte{0}}
}

func number8(kind int, n uint8) attribute   { return attribute{kind, []byte{n}} }
func number64(kind int, n uint64) attribute { return attribute{kind, nl.Uint64Attr(n)} }

// nested marks an attribute that is made of others (NLA_F_NESTED).
const nested = 0x8000

// changeBridge changes a bridge. The attributes of one request take effect in the
// kernel's order; what has to come first goes into a request of its own.
func (r rtnetlink) changeBridge(index int, attributes ...attribute) error {
	header := nl.NewIfInfomsg(syscall.AF_UNSPEC)
	header.Index = int32(index)
	info := nl.NewRtAttr(syscall.IFLA_LINKINFO, nil)
	info.AddRtAttr(nl.IFLA_INFO_KIND, []byte("bridge"))
	data := info.AddRtAttr(nl.IFLA_INFO_DATA, nil)
	for _, a := range attributes {
		data.AddRtAttr(a.kind, a.value)
	}
	return r.order(syscall.RTM_NEWLINK, 0, header, info)
}

// bridgeAttribute returns the value of an attribute of a bridge, or nil if the kernel has
// none of that kind.
func (r rtnetlink) bridgeAttribute(index, kind int) ([]byte, error) {
	header := nl.NewIfInfomsg(syscall.AF_UNSPEC)
	header.Index = int32(index)
	answers, err := r.request(syscall.RTM_GETLINK, 0, header)
	if err != nil {
		return nil, err
	}
	for _, answer := range answers {
		value := answer[header.Len():]
		for _, k := range []int{syscall.IFLA_LINKINFO, nl.IFLA_INFO_DATA, kind} {
			fields, err := nl.ParseRouteAttr(value)
			if err != nil {
				return nil, err
			}
			value = nil
			for _, f := range fields {
				if int(f.Attr.Type)&^nested == k {
					value = f.Value
				}
			}
		}
		if value != nil {
			return value, nil
		}
	}
	return nil, nil
}

// changePort changes a port of a bridge.
func (r rtnetlink) changePort(index int, attributes ...attribute) error {
	header := nl.NewIfInfomsg(syscall.AF_BRIDGE)
	header.Index = int32(index)
	const protinfo = 12 // IFLA_PROTINFO
	info := nl.NewRtAttr(protinfo|nested, nil)
	for _, a := range attributes {
		info.AddRtAttr(a.kind, a.value)
	}
	return r.order(syscall.RTM_SETLINK, 0, header, info)
}

// bytesOf is a struct of the kernel in a request.
type bytesOf []byte

func (b bytesOf) Len() int          { return len(b) }
func (b bytesOf) Serialize() []byte { return b }

// addEntry has a bridge send a group to a port for good.
func (r rtnetlink) addEntry(bridge, port int, group netip.Addr) error {
	const (
		newMDB    = 84 // RTM_NEWMDB
		setEntry  = 1  // MDBA_SET_ENTRY
		permanent = 1  // MDB_PERMANENT
		ipv4      = 0x0800
		ipv6      = 0x86dd
	)
	header := make(bytesOf, 8) // struct br_port_msg
	header[0] = syscall.AF_BRIDGE
	binary.NativeEndian.PutUint32(header[4:], uint32(bridge))
	entry := make([]byte, 28) // struct br_mdb_entry
	binary.NativeEndian.PutUint32(entry, uint32(port))
	entry[4] = permanent
	copy(entry[8:24], group.AsSlice())
	protocol := uint16(ipv4)
	if group.Is6() {
		protocol = ipv6
	}
	binary.BigEndian.PutUint16(entry[24:], protocol)
	return r.order(newMDB, syscall.NLM_F_CREATE|syscall.NLM_F_EXCL, header, nl.NewRtAttr(setEntry, entry))
}
