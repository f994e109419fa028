//go:build !linux

package cli

import (
	"context"

	"mcast/lab"
)

// noLab is why a lab cannot be up, as lab.Start says it.
func noLab() error {
	_, err := lab.Start(context.Background(), &lab.Topology{})
	return err
}

func upLab(context.Context, string, string, string, IO) error { return noLab() }

func inviteVisitors(context.Context, string, func(), IO) (watch, error) { return nil, noLab() }

func userShell() string { return "sh" }

func execInLab(string, string, []string, IO) error { return noLab() }

func psOfLab(string, bool, IO) error { return noLab() }

func downLab(string) error { return noLab() }

func labsUp() ([]string, error) { return nil, nil }

func placesInLab(string) (hosts, links []string) { return nil, nil }
