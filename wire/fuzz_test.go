package wire

import (
	"testing"
	"unicode"
)

// seeds are whole frames of every kind, for fuzzers: a test of a protocol adds
// its frames here.
var seeds = []string{
	toGroup + ipHello + helloUDP + helloData,
	toGroup[:26] + "8100 000a 0800" + ipHello + helloUDP + helloData,
	igmp2QueryFrame, igmp2GroupQueryFrame, igmp1QueryFrame, igmp1ReportFrame, igmp2ReportFrame, igmp2LeaveFrame,
	igmp3QueryFrame, igmp3JoinFrame, igmp3ReportFrame, igmp3AnswerFrame, igmp3AnswerSFrame, dvmrpProbeFrame,
	pim1QueryFrame, mrdAdvertFrame, mrdSolicitFrame,
	mld1QueryFrame, mld1ReportFrame, mld1DoneFrame, mld2QueryFrame, mld2ReportFrame, mld2UnspecFrame,
	pimHelloFrame, pimByeFrame, pimHelloScapyFrame, pimJoinScapyFrame, pimJoinFrame, pimJoinAttrFrame, pimGraftFrame,
	pimGraftAckFrame, pimRegisterFrame, pimRegisterWholeFrame, pimNullFrame, pimRegisterStopFrame, pimBootstrapFrame,
	pimAssertFrame, pimAssertRPTFrame, pimAssertCancelFrame, pimCandidateFrame, pimCandidateAllFrame, pimRefreshFrame,
	pimElectionFrame, pimPackedFrame, pim6HelloFrame, pim6JoinFrame, pim6RegisterFrame,
	vrrp2Frame, vrrp3Frame, vrrp36Frame,
	hsrp1Frame, hsrp2Frame,
	arpRequest, arpReply, rarpRequest, tcpSYN, tcpSelective,
	icmpPing, icmpPort, icmpTooBig, icmpTime, icmpGateway, icmpClock, icmpRouters,
	icmpv6Ping, icmpv6TooBig, neighborAsk, neighborTell, routerAsk, routerTell, routerRedirect,
	rtpMPEGTS, rtpExtended, rtcpCompound, rtcpFeedback, mpegtsSeven, mpegtsMixed, mpegtsClock,
	dnsQuery, dnsResponse, mdnsQuery, mdnsResponse, llmnrQuery,
	ssdpNotify, ssdpSearch, ssdpResponse, sapAnnounce, sapDelete,
	ptpSyncFrame, ptpAnnounceFrame, ptpDelayFrame, ptpSignalingFrame, ptpEthernet,
	vxlanFrame, vxlanARP, vxlanForEver,
	extendedFrame,
}

// extendedFrame has destination options, a fragment header and UDP without a checksum.
const extendedFrame = "333300000001 020000000001 86dd 60000000 001c 3c 01 fe80000000000000 0000000000000001 ff15000000000000 0000000000000001 " +
	"2c000104 00000000 11000000 00000001 9c401388 000c0000 74657374"

// FuzzDecode decodes anything, as any link type, and shows it in every way.
func FuzzDecode(f *testing.F) {
	for _, s := range seeds {
		f.Add(frame(f, s), 0, uint16(1))
	}
	for _, l := range []LinkType{LinkNull, LinkRaw, LinkLoop, LinkLinuxSLL, LinkIPv4, LinkIPv6, LinkLinuxSLL2} {
		f.Add(frame(f, ipHello+helloUDP+helloData), 7, uint16(l))
	}
	var p Packet
	f.Fuzz(func(t *testing.T, data []byte, missing int, link uint16) {
		p.Decode(LinkType(link), data, len(data)+missing%100, Options{})
		if err := bothWays(data, len(data)+missing%100, Options{}); err != nil {
			t.Fatal(err)
		}
		for i, l := range p.Layers() {
			if l.Start > l.Payload || l.Payload > l.End || l.End > len(data) || l.Missing < 0 {
				t.Fatalf("layer %d of %d bytes: %+v", i, len(data), l)
			}
			check(t, p.Fields(i))
		}
		for _, line := range [][]byte{p.AppendLine(nil)} {
			for _, r := range string(line) {
				if !unicode.IsPrint(r) {
					t.Fatalf("not printable: %q", line)
				}
			}
		}
	})
}

func check(t *testing.T, fields []Field) {
	for _, f := range fields {
		if f.Name == "" {
			t.Fatalf("a field without a name: %+v", f)
		}
		for _, v := range f.Value.List {
			check(t, v.Fields)
		}
	}
}
