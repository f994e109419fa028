package cli

import (
	"strings"

	"github.com/spf13/cobra"
)

func completionCommand(stdio IO) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion " + strings.Join(shells, "|"),
		Short: "Print a script that completes commands and flags in a shell",
		Long: `Print a script by which a shell completes the commands and flags of mcast when
the tab key is pressed.`,
		Example: `  source <(mcast completion bash)
  mcast completion zsh > "${fpath[1]}/_mcast"
  mcast completion fish > ~/.config/fish/completions/mcast.fish
  mcast completion powershell | Out-String | Invoke-Expression`,
		ValidArgs: shells,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("mcast completion bash", "which shell? %s", strings.Join(shells, ", "))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			switch root := cmd.Root(); args[0] {
			case "bash":
				return root.GenBashCompletionV2(stdio.Out, true)
			case "zsh":
				return root.GenZshCompletion(stdio.Out)
			case "fish":
				return root.GenFishCompletion(stdio.Out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(stdio.Out)
			}
			return usagef("the shells are "+strings.Join(shells, ", "), "no completion for %q", args[0])
		},
	}
}

// helpArguments demands the names of a command, or nothing.
func helpArguments(cmd *cobra.Command, args []string) error {
	if _, rest, err := cmd.Root().Find(args); err != nil || len(rest) > 0 {
		return usagef("mcast --help lists the commands", "no help about %q", strings.Join(args, " "))
	}
	return nil
}
