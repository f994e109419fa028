package mcast

// mostSegments is how many datagrams the kernel takes as one message
// (UDP_MAX_SEGMENTS: 128 since Linux 6.10, 64 before).
const mostSegments = 128

// mostBytes is the longest message of several datagrams: the longest IPv6
// packet that is no jumbogram, less the IPv6 and UDP headers.
const mostBytes = 65535 - 40 - 8

// segmentLimits says what one message may carry.
type segmentLimits struct {
	segments int // datagrams; 1 where there is no offload
	size     int // bytes of the longest datagram that fits the interface's MTU: one to be fragmented travels alone
}

// run returns how many of the datagrams, from the first on, go out as one
// message, at least 1, and the length at which the kernel is to cut it; 0 for
// one that is sent as it is. In a run all have one length but the last, which
// may be shorter, but not empty: the kernel would not see it.
func run(datagrams [][]byte, limits segmentLimits) (n, segment int) {
	size := len(datagrams[0])
	if size == 0 || size > limits.size {
		return 1, 0
	}
	n = 1
	for total := size; n < len(datagrams) && n < limits.segments; n++ {
		length := len(datagrams[n])
		total += length
		if length == 0 || length > size || total > mostBytes {
			break
		}
		if length < size {
			n++
			break
		}
	}
	if n == 1 {
		return 1, 0
	}
	return n, size
}
