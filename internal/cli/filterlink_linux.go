package cli

import (
	"fmt"

	"mcast"
	"mcast/capture"
	"mcast/filter"
	"mcast/internal/rtnl"
)

// interfaceLinkType returns what frames of an interface begin with that a packet
// socket of type SOCK_RAW receives, as libpcap takes it to be.
func interfaceLinkType(i *mcast.Interface) (filter.LinkType, error) {
	conn, err := rtnl.Open()
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	links, err := conn.Links()
	if err != nil {
		return 0, err
	}
	for _, l := range links {
		if l.Index != i.Index {
			continue
		}
		if t, cooked := capture.HardwareLinkType(l.Type); !cooked {
			return t, nil
		}
		return 0, &hinted{
			fmt.Errorf("compile a filter for live capture on %s: its frames are of hardware type %d, and what these begin with is not known here", i.Name, l.Type),
			"name what they begin with: -y TYPE, which is one of " + listed(linkTypeNames()),
		}
	}
	return 0, &mcast.Error{Op: "compile a filter for live capture", Interface: i.Name, Err: mcast.ErrNoInterface}
}
