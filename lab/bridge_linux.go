package lab

import (
	"bytes"
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
		values, err := fieldsOf(answer[header.Len():], syscall.IFLA_LINKINFO, nl.IFLA_INFO_DATA, uint16(kind))
		if err != nil {
			return nil, err
		}
		if len(values) > 0 {
			return values[0], nil
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

// portMessage begins what is about a bridge's groups (struct br_port_msg).
func portMessage(bridge int) bytesOf {
	m := make(bytesOf, 8)
	m[0] = syscall.AF_BRIDGE
	binary.NativeEndian.PutUint32(m[4:], uint32(bridge))
	return m
}

// groupEntry is a group that a bridge sends to a port (struct br_mdb_entry).
type groupEntry []byte

const groupEntrySize = 28

func newGroupEntry(port int, group netip.Addr) groupEntry {
	e := make(groupEntry, groupEntrySize)
	binary.NativeEndian.PutUint32(e, uint32(port))
	copy(e[8:24], group.AsSlice())
	binary.BigEndian.PutUint16(e[24:], etherType(group))
	return e
}

func etherType(a netip.Addr) uint16 {
	if a.Is4() {
		return 0x0800
	}
	return 0x86dd
}

func (e groupEntry) port() int { return int(binary.NativeEndian.Uint32(e)) }

func (e groupEntry) isOf(group netip.Addr) bool {
	n := group.BitLen() / 8
	return binary.BigEndian.Uint16(e[24:]) == etherType(group) && bytes.Equal(e[8:8+n], group.AsSlice())
}

// portsOf returns the ports that a group is sent to, by all bridges.
func (r rtnetlink) portsOf(group netip.Addr) (ports map[int]bool, err error) {
	const (
		getMDB = 86 // RTM_GETMDB
		mdb    = 1  // MDBA_MDB, of …
		entry  = 1  // MDBA_MDB_ENTRY, of …
		info   = 1  // MDBA_MDB_ENTRY_INFO
	)
	answers, err := r.request(getMDB, syscall.NLM_F_DUMP, portMessage(0))
	ports = map[int]bool{}
	for _, answer := range answers {
		values, err := fieldsOf(answer[len(portMessage(0)):], mdb, entry, info)
		if err != nil {
			return nil, err
		}
		for _, v := range values {
			if len(v) >= groupEntrySize && groupEntry(v).isOf(group) {
				ports[groupEntry(v).port()] = true
			}
		}
	}
	return ports, err
}

// fieldsOf returns the attributes of the last kind in those of the kind before it, and so on,
// of the first kind in a message.
func fieldsOf(message []byte, kinds ...uint16) ([][]byte, error) {
	values := [][]byte{message}
	for _, kind := range kinds {
		var within [][]byte
		for _, v := range values {
			fields, err := nl.ParseRouteAttr(v)
			if err != nil {
				return nil, err
			}
			for _, f := range fields {
				if f.Attr.Type&^nested == kind {
					within = append(within, f.Value)
				}
			}
		}
		values = within
	}
	return values, nil
}

// addEntry has a bridge send a group to a port for good.
func (r rtnetlink) addEntry(bridge, port int, group netip.Addr) error {
	const (
		newMDB    = 84 // RTM_NEWMDB
		setEntry  = 1  // MDBA_SET_ENTRY
		permanent = 1  // MDB_PERMANENT
	)
	header, entry := portMessage(bridge), newGroupEntry(port, group)
	entry[4] = permanent
	return r.order(newMDB, syscall.NLM_F_CREATE|syscall.NLM_F_EXCL, header, nl.NewRtAttr(setEntry, entry))
}
