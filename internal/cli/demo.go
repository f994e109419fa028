package cli

import (
	"github.com/spf13/cobra"
)

func demoCommand(stdio IO) *cobra.Command {
	var onLoopback bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show what multicast does, on four hosts of a virtual Ethernet",
		Long: `Show what multicast does, on four hosts of a virtual Ethernet. On eastny and flatbush
receivers join 224.1.1.5, on bushwick another one joins 234.3.2.1, with a sniffer
beside it. midwood sends "Hello, World!" to the first group. Two print it;
the third still waits; the sniffer has seen it all the same.

These are real programs, on real hosts as far as they can see: Linux namespaces,
for which nobody has to be root. It is mcast lab run demo, shown in another way. With
--loopback, and on systems other than Linux, the hosts are parts of this
process, and the Ethernet is the loopback interface.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if onLoopback {
				return demoOnLoopback(cmd.Context(), stdio.Out)
			}
			return demo(cmd.Context(), stdio)
		},
	}
	cmd.Flags().BoolVar(&onLoopback, "loopback", false, "without virtual hosts, on the loopback interface")
	return cmd
}
