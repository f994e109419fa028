package cli

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"

	"github.com/spf13/cobra"

	"mcast"
)

// The two classic programs, as mcast itself when it is called by their names:
// two settings of send and recv. As programs of their own, on the library
// alone, they are in cmd/mcastsend and cmd/mcastrecv.

// ClassicCommands returns the classic programs, for the manual.
func ClassicCommands(stdio IO) []*cobra.Command {
	return []*cobra.Command{
		{
			Use:   "mcastsend HOST_IP GROUP PORT MESSAGE",
			Short: "Send one datagram through the interface that owns an address",
			Long: `Send one UDP datagram with the bytes of MESSAGE to GROUP and PORT, with hop
limit 1, through the interface that owns HOST_IP, and from that address.
Nothing is printed. Every error is exit status 1.`,
			Example: `  mcastsend 192.168.56.103 224.1.1.5 50001 "Hello, World!"`,
			RunE: func(cmd *cobra.Command, args []string) error {
				return classicSend(cmd.Context(), args, stdio)
			},
		},
		{
			Use:   "mcastrecv NIC_IP GROUP PORT",
			Short: "Wait for one datagram on the interface that owns an address",
			Long: `Join GROUP on the interface that owns NIC_IP, wait for one datagram to GROUP and
PORT, print it and a newline. With 0.0.0.0 for NIC_IP the kernel's routing table
picks the interface, which need not be the one on which the datagrams arrive:
on a host with two interfaces the program may wait for ever.

It hears what any plain socket would, so also what other programs of the host
have joined on other interfaces. Every error is exit status 1.`,
			Example: `  mcastrecv 192.168.56.104 224.1.1.5 50001`,
			RunE: func(cmd *cobra.Command, args []string) error {
				return classicReceive(cmd.Context(), args, stdio)
			},
		},
	}
}

// classicCommand returns the classic program of that name, or nil.
func classicCommand(name string, stdio IO) *cobra.Command {
	if name != "mcastsend" && name != "mcastrecv" {
		return nil
	}
	for _, c := range ClassicCommands(stdio) {
		if c.Name() == name {
			return c
		}
	}
	return nil
}

// runClassic runs one as it always was: no flags, every error 1.
func runClassic(ctx context.Context, c *cobra.Command, args []string, stdio IO) int {
	words := map[string]int{"mcastsend": 4, "mcastrecv": 3}[c.Name()]
	if len(args) != words {
		fmt.Fprintf(stdio.Err, "usage: %s\n", c.Use)
		return exitRefused
	}
	c.SetContext(ctx)
	err := c.RunE(c, args)
	if err != nil {
		report(stdio.Err, c.Name(), err)
	}
	if s := status(ctx, err); s != exitUsage && s != exitMissing {
		return s
	}
	return exitRefused
}

func classicSend(ctx context.Context, args []string, stdio IO) error {
	host, g, err := classicArguments(args[0], args[1], args[2])
	if err != nil {
		return err
	}
	o := sendOptions{group: g, text: &args[3], size: -1, hopLimit: 1, source: host.String(), offload: "auto"}
	return send(ctx, &o, stdio)
}

func classicReceive(ctx context.Context, args []string, stdio IO) error {
	nic, g, err := classicArguments(args[0], args[1], args[2])
	if err != nil {
		return err
	}
	g.Interface = nic.String()
	if nic.IsUnspecified() {
		g.Interface = mcast.RouteInterface
	}
	o := recvOptions{groups: []mcast.Group{g}, count: 1, format: "payload", offload: "auto", classic: true}
	return recv(ctx, &o, stdio)
}

// classicArguments reads an address of this host, a group and a port.
func classicArguments(host, group, port string) (netip.Addr, mcast.Group, error) {
	a, err := netip.ParseAddr(host)
	if err != nil {
		return a, mcast.Group{}, usagef("", "%q is not an address of this host", host)
	}
	g, err := mcast.ParseGroup(group)
	if err != nil {
		return a, g, err
	}
	if g.Len() > 1 || g.Port != 0 || g.Interface != "" || len(g.Sources) > 0 {
		return a, g, usagef("", "%q is not the address of a group alone", group)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return a, g, usagef("", "port %q: it is a number from 1 to 65535", port)
	}
	g.Port = uint16(n)
	return a.Unmap(), g, nil
}
