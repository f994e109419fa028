package cli

import (
	"bytes"
	"context"
	"errors"
	"io"

	"mcast/internal/netns"
	"mcast/internal/view/text"
	"mcast/lab"
)

const demoPicture = `
   midwood sends "Hello, World!" to 224.1.1.5, port 50001
      │
   ───┴───────────────┬──────────────────┬──────────────────┬─── 192.168.56.0/24
                      │                  │                  │
                   eastny            flatbush           bushwick
                  224.1.1.5          224.1.1.5          234.3.2.1, and a sniffer

`

const demoConclusion = `Two hosts have joined the group, and got the datagram. bushwick has joined another
one: its receiver still waits. But the Ethernet has carried the frame there too, and
the sniffer has seen it all the same.
`

// demo runs the demonstration, which is a topology, and shows the terminals of its hosts.
func demo(ctx context.Context, stdio IO) error {
	topology, err := loadTopology(ctx, "demo", stdio)
	if err != nil {
		return err
	}
	if err := isolate(ctx, stdio); err != nil {
		var forbidden *netns.ForbiddenError
		if errors.As(err, &forbidden) {
			return &hinted{err, forbidden.Hint() + "; or see it without virtual hosts: mcast demo --loopback"}
		}
		return err
	}
	heedBrokenPipes()
	if _, err := io.WriteString(stdio.Out, demoPicture); err != nil {
		return written(err)
	}
	l, err := lab.Start(ctx, topology)
	if err != nil {
		return err
	}
	var report bytes.Buffer // if it goes wrong
	print := text.NewLab(&report, topology)
	terminals := text.NewTerminals(topology)
	result, err := l.Run(ctx, lab.RunConfig{
		Events:   func(e *lab.Event) { print.Event(e); terminals.Event(e) },
		Programs: ownPrograms(),
	})
	if e := l.Close(); err == nil {
		err = e
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return err
	case !result.OK():
		_, _ = stdio.Err.Write(report.Bytes())
		return labFailed(result)
	}
	if err := terminals.Print(stdio.Out); err != nil {
		return written(err)
	}
	_, err = io.WriteString(stdio.Out, demoConclusion)
	return written(err)
}
