package wire

import "net/netip"

// IsSSM tells whether a group is in the range that is for source-specific
// multicast: 232.0.0.0/8 or ff3x::/32 (RFC 4607, section 1).
func IsSSM(group netip.Addr) bool {
	if group.Is4() {
		return group.As4()[0] == 232
	}
	b := group.As16()
	return b[0] == 0xff && b[1]>>4 == 3 && b[2] == 0 && b[3] == 0
}
