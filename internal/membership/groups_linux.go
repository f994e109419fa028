package membership

// Groups returns what the namespace has joined, and how many users each membership
// has: sockets, and the kernel itself. It asks no socket, and so takes
// microseconds. The errors are *Error.
func (h *Host) Groups() (map[Joined]int, error) {
	v4, v6, err := h.entries()
	if err != nil {
		return nil, err
	}
	users := make(map[Joined]int, len(v4)+len(v6))
	for _, list := range [][]entry{v4, v6} {
		for i := range list {
			users[Joined{list[i].name, list[i].group}] += list[i].users
		}
	}
	return users, nil
}
