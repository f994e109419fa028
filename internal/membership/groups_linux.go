package membership

import "net/netip"

// Groups returns the groups that the namespace has joined, and how many users each
// has on all interfaces together: sockets, and the kernel itself. It asks no
// socket, and so takes microseconds. The errors are *Error.
func (h *Host) Groups() (map[netip.Addr]int, error) {
	v4, v6, err := h.entries()
	if err != nil {
		return nil, err
	}
	users := make(map[netip.Addr]int, len(v4)+len(v6))
	for _, list := range [][]entry{v4, v6} {
		for i := range list {
			users[list[i].group] += list[i].users
		}
	}
	return users, nil
}
