// Mcastsend sends one UDP datagram to a multicast group through the network
// interface that owns an address of this host, with hop limit 1.
//
//	mcastsend HOST_IP GROUP PORT MESSAGE
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
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: mcastsend HOST_IP GROUP PORT MESSAGE")
		os.Exit(1)
	}
	err := send(os.Args[1], os.Args[2], os.Args[3], os.Args[4])
	if err != nil {
		fmt.Fprintf(os.Stderr, "mcastsend: %v\n", err)
		var hinter interface{ Hint() string }
		if errors.As(err, &hinter) && hinter.Hint() != "" {
			fmt.Fprintf(os.Stderr, "hint: %s\n", hinter.Hint())
		}
		os.Exit(1)
	}
}

func send(host, group, port, message string) error {
	source, err := netip.ParseAddr(host)
	if err != nil {
		return fmt.Errorf("%q is not an address of this host", host)
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
	// The interface that owns the source is the one to send by.
	s, err := mcast.NewSender([]mcast.Group{g}, mcast.SenderConfig{Source: source.Unmap(), HopLimit: 1})
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Send(context.Background(), []byte(message))
}
