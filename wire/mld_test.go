package wire

import "testing"

// Frames that scapy made.
const (
	mld1QueryFrame = "333300000001 080027000103 86dd " + "6000000000200001fe800000000000000000000000000001ff0200000000000000000000000000013a00050200000100 " +
		"820059172710000000000000000000000000000000000000"
	mld1ReportFrame = "333300000001 080027000103 86dd " + "6000000000200001fe800000000000000000000000000101ff1500000000000000000000000000053a00050200000100 " +
		"83007ef500000000ff150000000000000000000000000005"
	mld1DoneFrame = "333300000001 080027000103 86dd " + "6000000000200001fe800000000000000000000000000101ff0200000000000000000000000000023a00050200000100 " +
		"84007e0b00000000ff150000000000000000000000000005"
	mld2QueryFrame = "333300000001 080027000103 86dd " + "6000000000340001fe800000000000000000000000000001ff3500000000000000000000000000013a00050200000100 " +
		"8200c64781230000ff3500000000000000000000000000010b7d000120010db8000000000000000000000007"
	mld2ReportFrame = "333300000001 080027000103 86dd " + "60000000006c0001fe800000000000000000000000000101ff0200000000000000000000000000163a00050200000100 " +
		"8f000bb70000000304000000ff15000000000000000000000000000503000001ff35000000000000000000000000000120010db800000000000000000000000706000001ff35000000000000000000000000000220010db8000000000000000000000007"
	mld2UnspecFrame = "333300000001 080027000103 86dd " + "600000000024000100000000000000000000000000000000ff0200000000000000000000000000163a00050200000100 " +
		"8f006e890000000104000000ff0200000000000000000001ff000101"
)

func TestMLDLine(t *testing.T) {
	testLines(t, []lineTest{
		{mld1QueryFrame, "querier fe80::1 asks who is in any group, answer within 10 s (MLDv1)"},
		{mld1ReportFrame, "fe80::101 is in ff15::5 (MLDv1)"},
		{mld1DoneFrame, "fe80::101 leaves ff15::5 (MLDv1)"},
		{mld2QueryFrame, "querier fe80::1 asks who is in ff35::1 from 2001:db8::7, answer within 35.096 s (MLDv2)"},
		{mld2ReportFrame, "fe80::101 joins ff15::5 from any source; joins ff35::1 from 2001:db8::7; leaves ff35::2 from 2001:db8::7 (MLDv2)"},
		{mld2UnspecFrame, ":: joins ff02::1:ff00:101 from any source (MLDv2)"},
	})
}

func TestMLDFields(t *testing.T) {
	testFields(t, []fieldsTest{
		{mld2QueryFrame, MLD, `type=130 (query) code=0 version=2 checksum=0xc647 max_response_code=33059 max_response_ms=35096 group=ff35::1 suppress=1 robustness=3 ` +
			`interval_code=125 interval_s=125 source_count=1 sources=[2001:db8::7] checksum_state="good"`},
		{mld1DoneFrame, MLD, `type=132 (done) code=0 version=1 checksum=0x7e0b group=ff15::5 checksum_state="good"`},
		{mld2UnspecFrame, MLD, `type=143 (report (version 2)) code=0 version=2 checksum=0x6e89 record_count=1 records=[` +
			`{type=4 (change to exclude mode) auxiliary_words=0 source_count=0 group=ff02::1:ff00:101 sources=[]}] checksum_state="good"`},
	})
}

// MLD begins behind 40 bytes of IPv6 and 8 of hop-by-hop options.
func TestMLDFaults(t *testing.T) {
	const done = "fe80::101 leaves ff15::5 (MLDv1)"
	testEdits(t, []editTest{
		{"hop limit", mld1DoneFrame, set(7, 255), done + " [MLD with hop limit 255, not 1]"},
		{"no router alert", mld1DoneFrame, set(42, 1, 4, 0, 0, 0, 0), done + " [MLD without router alert]"},
		{"global source", mld1DoneFrame, set(8, 0x20, 0x01), "2001::101 leaves ff15::5 (MLDv1) [MLD not from a link-local address]"},
		{"a query from nobody", mld1QueryFrame, set(8, make([]byte, 16)...),
			"querier :: asks who is in any group, answer within 10 s (MLDv1) [MLD not from a link-local address]"},
		{"records", mld2UnspecFrame, set(48+6, 1, 0), ":: joins ff02::1:ff00:101 from any source (MLDv2) [MLD announces 256, room for 1]"},
		{"sources", mld2QueryFrame, set(48+26, 0, 2), "querier fe80::1 asks who is in ff35::1 from 2001:db8::7, answer within 35.096 s (MLDv2) [MLD announces 2, room for 1]"},
		{"a query between versions", mld2QueryFrame, cut(48 + 26), "fe80::1 > ff35::1 hlim 1 mld query [bad MLD length 26: at least 28 possible]"},
		{"half a query", mld1QueryFrame, cut(48 + 20), "fe80::1 > ff02::1 hlim 1 mld query [MLD truncated: 20 bytes, at least 24 needed]"},
		{"half a done", mld1DoneFrame, cut(48 + 20), "fe80::101 > ff02::2 hlim 1 mld done [MLD truncated: 20 bytes, at least 24 needed]"},
	})
}
