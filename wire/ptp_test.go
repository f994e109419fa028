package wire

import (
	"strings"
	"testing"
)

// A frame made by scapy 2.5.0.
const ptpEthernet = "0180c200000e02000000000188f7 " +
	"120200360000003c000000000000000000000000001122fffe33445500010007 " +
	"00fd00006553f1000000140300000000000000000000000000000000 "

// ptpMessage returns a message of a type, which says that it has a length.
func ptpMessage(kind byte, length uint16, body string) string {
	return string([]byte{kind, 2, byte(length >> 8), byte(length)}) + digits("00 00 02 3c ffffffffffff8000 00000000"+
		"001122fffe334455 0001 0007 00 fd") + body
}

const (
	ptpTime  = "00006553f100 00001403"
	ptpClock = "aabbccfffe112233 0002"
)

var (
	ptpSyncFrame      = over(319, 319, ptpMessage(ptpSync, 44, digits(ptpTime)))
	ptpAnnounceFrame  = over(320, 320, ptpMessage(ptpAnnounce, 64, digits(ptpTime+"0025 00 80 06 21 4e5d 7f 001122fffe334455 0001 20")))
	ptpDelayFrame     = over(320, 320, ptpMessage(ptpDelayResponse, 54, digits(ptpTime+ptpClock)))
	ptpSignalingFrame = over(320, 320, ptpMessage(ptpSignaling, 54, digits(ptpClock+"0004 0006 b0000000012c")))
)

func TestPTP(t *testing.T) {
	testDecoded(t, []decoded{
		{name: "sync", frame: ptpSyncFrame,
			layers: "Ethernet IPv4 UDP PTP",
			line:   "192.168.56.103:319 > 224.1.1.5:319 ttl 1 udp 44 B ptp sync domain 0 seq 7 from 001122fffe334455-1 time 1700000000.000005123",
			of:     PTP, fields: "sdo=0 type=0(sync) minor_version=0 version=2 length=44 domain=0 minor_sdo=0 alternate_master=0 two_step=1 unicast=0 leap_61=0 leap_59=0 utc_offset_valid=1 ptp_timescale=1 time_traceable=1 frequency_traceable=1 correction=-32768 source_clock=001122fffe334455 source_port=1 sequence=7 control=0x0 log_interval=-3 seconds=1700000000 nanoseconds=5123"},
		{name: "announce", frame: ptpAnnounceFrame,
			layers: "Ethernet IPv4 UDP PTP",
			line:   "192.168.56.103:320 > 224.1.1.5:320 ttl 1 udp 64 B ptp announce domain 0 seq 7 from 001122fffe334455-1 grandmaster 001122fffe334455 priority 128/127 class 6 steps 1",
			of:     PTP, fields: "sdo=0 type=11(announce) minor_version=0 version=2 length=64 domain=0 minor_sdo=0 alternate_master=0 two_step=1 unicast=0 leap_61=0 leap_59=0 utc_offset_valid=1 ptp_timescale=1 time_traceable=1 frequency_traceable=1 correction=-32768 source_clock=001122fffe334455 source_port=1 sequence=7 control=0x0 log_interval=-3 seconds=1700000000 nanoseconds=5123 utc_offset=37 priority1=128 clock_class=6 clock_accuracy=0x21 clock_variance=20061 priority2=127 grandmaster=001122fffe334455 steps_removed=1 time_source=0x20(GNSS)"},
		{name: "delay response", frame: ptpDelayFrame,
			layers: "Ethernet IPv4 UDP PTP",
			line:   "192.168.56.103:320 > 224.1.1.5:320 ttl 1 udp 54 B ptp delay response domain 0 seq 7 from 001122fffe334455-1 time 1700000000.000005123 to aabbccfffe112233-2",
			of:     PTP, fields: "sdo=0 type=9(delay response) minor_version=0 version=2 length=54 domain=0 minor_sdo=0 alternate_master=0 two_step=1 unicast=0 leap_61=0 leap_59=0 utc_offset_valid=1 ptp_timescale=1 time_traceable=1 frequency_traceable=1 correction=-32768 source_clock=001122fffe334455 source_port=1 sequence=7 control=0x0 log_interval=-3 seconds=1700000000 nanoseconds=5123 requesting_clock=aabbccfffe112233 requesting_port=2"},
		{name: "signaling", frame: ptpSignalingFrame,
			layers: "Ethernet IPv4 UDP PTP",
			line:   "192.168.56.103:320 > 224.1.1.5:320 ttl 1 udp 54 B ptp signaling domain 0 seq 7 from 001122fffe334455-1",
			of:     PTP, fields: "sdo=0 type=12(signaling) minor_version=0 version=2 length=54 domain=0 minor_sdo=0 alternate_master=0 two_step=1 unicast=0 leap_61=0 leap_59=0 utc_offset_valid=1 ptp_timescale=1 time_traceable=1 frequency_traceable=1 correction=-32768 source_clock=001122fffe334455 source_port=1 sequence=7 control=0x0 log_interval=-3 target_clock=aabbccfffe112233 target_port=2 tlvs=[type=0x4(request unicast) data=b0000000012c]"},
		{name: "over Ethernet", frame: ptpEthernet,
			layers: "Ethernet PTP Padding",
			line:   "ptp peer delay request domain 0 seq 7 from 001122fffe334455-1",
			of:     PTP, fields: "sdo=1 type=2(peer delay request) minor_version=0 version=2 length=54 domain=0 minor_sdo=0 alternate_master=0 two_step=0 unicast=0 leap_61=0 leap_59=0 utc_offset_valid=1 ptp_timescale=1 time_traceable=1 frequency_traceable=1 correction=0 source_clock=001122fffe334455 source_port=1 sequence=7 control=0x0 log_interval=-3 seconds=1700000000 nanoseconds=5123"},
		{name: "version 1", frame: over(319, 319, digits("0001 0001")),
			layers: "Ethernet IPv4 UDP PTP Payload",
			line:   "192.168.56.103:319 > 224.1.1.5:319 ttl 1 udp 4 B ptp [PTP version 1, not 2]"},
		{name: "a length too small", frame: over(319, 319, ptpMessage(0, 40, strings.Repeat("\x00", 10))),
			layers: "Ethernet IPv4 UDP PTP Payload",
			line:   "192.168.56.103:319 > 224.1.1.5:319 ttl 1 udp 44 B ptp sync domain 0 seq 7 from 001122fffe334455-1 [bad PTP length 40: at least 44 possible]"},
		{name: "a length too large", frame: over(319, 319, ptpMessage(0, 400, strings.Repeat("\x00", 10))),
			layers: "Ethernet IPv4 UDP PTP",
			line:   "192.168.56.103:319 > 224.1.1.5:319 ttl 1 udp 44 B ptp sync domain 0 seq 7 from 001122fffe334455-1 time 0.000000000 [bad PTP length 400: at most 44 possible]"},
		{name: "an attachment too large", frame: over(320, 320, ptpMessage(12, 48, strings.Repeat("\x00", 10)+digits("0004 0006"))),
			layers: "Ethernet IPv4 UDP PTP",
			line:   "192.168.56.103:320 > 224.1.1.5:320 ttl 1 udp 48 B ptp signaling domain 0 seq 7 from 001122fffe334455-1 [bad PTP length 6: at most 0 possible]"},
		{name: "truncated", frame: over(319, 319, ptpMessage(0, 44, "")[:20]),
			layers: "Ethernet IPv4 UDP PTP",
			line:   "192.168.56.103:319 > 224.1.1.5:319 ttl 1 udp 20 B ptp [PTP truncated: 20 bytes, at least 34 needed]"},
	})
}
