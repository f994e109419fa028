//go:build !linux

package cli

import (
	"context"

	"mcast/lab"
)

// A lab cannot be up: lab.Start says why.

func upLab(ctx context.Context, _, _, _ string, _ IO) error {
	_, err := lab.Start(ctx, &lab.Topology{})
	return err
}

// inviteVisitors is not reached: the process cannot be isolated.
func inviteVisitors(context.Context, string, func(), IO) (watch, error) {
	return nil, upLab(context.Background(), "", "", "", IO{})
}

func labName(string, *lab.Topology) string { return "" }

func userShell() string { return "sh" }

func execInLab(string, string, []string, IO) error {
	return upLab(context.Background(), "", "", "", IO{})
}

func psOfLab(string, bool, IO) error { return upLab(context.Background(), "", "", "", IO{}) }

func downLab(string) error { return upLab(context.Background(), "", "", "", IO{}) }

func labsUp() ([]string, error) { return nil, nil }

func placesInLab(string) (hosts, links []string) { return nil, nil }
