package capture_test

import (
	"testing"

	"mcast/capture"
)

func TestHardwareLinkType(t *testing.T) {
	for arphrd, want := range map[uint16]string{1: "EN10MB", 772: "EN10MB", 0xfffe: "RAW", 776: "RAW", 803: "", 0: ""} {
		l, cooked := capture.HardwareLinkType(arphrd)
		if cooked != (want == "") || !cooked && l.String() != want || cooked && l.String() != "LINUX_SLL" {
			t.Errorf("%d: %v, %v", arphrd, l, cooked)
		}
	}
}
