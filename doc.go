// Package mcast sends and receives UDP datagrams to IP multicast groups, over
// IPv4 and IPv6.
//
// # Receiving
//
// A [Receiver] joins groups and hears them, and nothing else:
//
//	group, err := mcast.ParseGroup("239.1.1.1:5000")
//	...
//	r, err := mcast.NewReceiver([]mcast.Group{group}, mcast.ReceiverConfig{})
//	...
//	defer r.Close()
//	for {
//		d, err := r.Receive(ctx)
//		...
//		fmt.Printf("%s from %v by %s\n", d.Payload, d.Source, d.Interface)
//	}
//
// When [NewReceiver] returns, the groups are joined. By default that is on every
// interface that is up and can multicast, and on those that come later, because
// the usual reason for multicast that does not arrive is that it was joined on
// another interface than the one it arrives on. A receiver hears neither other
// groups on its ports, nor unicast, nor what only other programs have joined:
// a plain socket does.
//
// Groups, and sources of groups, come and go with [Receiver.Join] and
// [Receiver.Leave]. There may be thousands: the kernel's limits on how many one
// socket joins are no concern of the caller's.
//
// # Sending
//
// A [Sender] sends to one group or many, by one interface or several:
//
//	s, err := mcast.NewSender([]mcast.Group{group}, mcast.SenderConfig{HopLimit: 8})
//	...
//	defer s.Close()
//	err = s.Send(ctx, []byte("hello"))
//
// By default the datagrams leave by the interface that the routing table picks,
// and no router passes them on: the hop limit is 1. On a host without a network
// they go to loopback, so that sender and receiver meet on a laptop in a train.
//
// # Groups and interfaces
//
// [ParseGroup] reads what people write:
//
//	239.1.1.1:5000                 a group and a port
//	[ff15::1]:5000                 IPv6 needs the brackets
//	[ff02::1234]%eth0:5000         on one interface, which link-local groups need
//	239.1.1.1%192.0.2.7:5000       on the interface that owns an address
//	192.0.2.9@232.1.1.1:5000       from one source only (source-specific)
//	239.1.1.0+100:5000             a hundred groups from there on
//	239.1.1.0/28:5000              the same by prefix: sixteen
//
// An interface that the group does not name comes from the configuration, where
// it is a name, an index, an address that it owns, or one of [AllInterfaces] and
// [RouteInterface]. [Interfaces] lists what there is.
//
// # Fast
//
// [Receiver.ReadBatch] and [Sender.WriteBatch] move many datagrams by one system
// call, in buffers that belong to the caller, and allocate nothing. On Linux
// runs of datagrams of one length cross the kernel as one (UDP GSO and GRO),
// which is tens of times faster than one by one; a received [Message] then holds
// a whole run:
//
//	messages := mcast.NewMessages(64)
//	for {
//		n, err := r.ReadBatch(messages)
//		...
//		for i := range messages[:n] {
//			for payload := range messages[i].Datagrams() {
//				...
//			}
//		}
//	}
//
// [Offload] turns that off. SenderConfig.Rate and SenderConfig.BitRate pace what
// is sent. What the kernel had to drop, because it was not read in time, is
// counted: [Receiver.Stats].
//
// # Errors
//
// Most errors are an [*Error], which says what was being done to which group on
// which interface, and has a hint at what to do about it. errors.Is finds the
// cause: [ErrNoInterface], [ErrTooManyMemberships] and so on, or the errno of the
// system call.
//
// # Systems
//
// Linux has all of this. On macOS, FreeBSD and Windows sending and plain joins
// work; source lists, following interfaces, offload and counts of drops do not,
// and asking for them gives an [*UnsupportedError].
//
// A Receiver or Sender belongs to the network namespace of the thread that made
// it, and may be used from any.
package mcast
