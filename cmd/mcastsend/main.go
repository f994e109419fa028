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
	"os/signal"
	"strconv"

	"mcast"
)

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: mcastsend HOST_IP GROUP PORT MESSAGE")
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := send(ctx, os.Args[1], os.Args[2], os.Args[3], os.Args[4])
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "mcastsend: %v\n", err)
		var hinter interface{ Hint() string }
		if errors.As(err, &hinter) && hinter.Hint() != "" {
			fmt.Fprintf(os.Stderr, "hint: %s\n", hinter.Hint())
		}
		os.Exit(1)
	}
}

func send(ctx context.Context, host, group, port, message string) error {
	source, err := netip.ParseAddr(host)
	if err != nil {
		return fmt.Errorf("%q is not an address of this host", host)
	}
	g, err := mcast.ParseGroup(group)
	if err != nil {
		return err
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
	return s.Send(ctx, []byte(message))
}
