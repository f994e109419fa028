// Mcastrecv joins a multicast group on the network interface that owns an
// address, waits for one datagram, and prints it.
//
//	mcastrecv NIC_IP GROUP PORT
//
// With 0.0.0.0 it joins where the kernel's routing table points: on one
// interface, which need not be the one on which the datagrams arrive.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strconv"

	"mcast"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: mcastrecv NIC_IP GROUP PORT")
		os.Exit(1)
	}
	err := receive(os.Args[1], os.Args[2], os.Args[3])
	if err != nil {
		fmt.Fprintf(os.Stderr, "mcastrecv: %v\n", err)
		var hinter interface{ Hint() string }
		if errors.As(err, &hinter) && hinter.Hint() != "" {
			fmt.Fprintf(os.Stderr, "hint: %s\n", hinter.Hint())
		}
		os.Exit(1)
	}
}

func receive(nic, group, port string) error {
	address, err := netip.ParseAddr(nic)
	if err != nil {
		return fmt.Errorf("%q is not an address of this host", nic)
	}
	g, err := mcast.ParseGroup(group)
	if err != nil {
		return err
	}
	if g.Len() > 1 || g.Port != 0 || g.Interface != "" || len(g.Sources) > 0 {
		return fmt.Errorf("%q is not the address of a group alone", group)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 {
		return fmt.Errorf("port %q: it is a number from 1 to 65535", port)
	}
	g.Port = uint16(number)
	g.Interface = address.String()
	if address.IsUnspecified() {
		g.Interface = mcast.RouteInterface
	}
	// A plain socket has IP_MULTICAST_ALL on, on Linux; elsewhere it hears only
	// what it joined itself.
	r, err := mcast.NewReceiver([]mcast.Group{g}, mcast.ReceiverConfig{MulticastAll: true})
	if errors.Is(err, errors.ErrUnsupported) {
		r, err = mcast.NewReceiver([]mcast.Group{g}, mcast.ReceiverConfig{})
	}
	if err != nil {
		return err
	}
	defer r.Close()
	d, err := r.Receive(context.Background())
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(append(d.Payload, '\n'))
	return err
}
