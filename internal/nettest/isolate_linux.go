package nettest

import "mcast/internal/netns"

func isolate() (status int, done bool, err error) { return netns.Reexec() }
