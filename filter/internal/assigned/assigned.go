// Package assigned has the numbers of protocols that both the filter language and
// the compiler need.
package assigned

// What an Ethernet frame carries (IEEE 802 EtherType numbers).
const (
	EtherNS       = 0x0600
	EtherIP       = 0x0800
	EtherARP      = 0x0806
	EtherMOPDL    = 0x6001
	EtherMOPRC    = 0x6002
	EtherDECnet   = 0x6003
	EtherLAT      = 0x6004
	EtherSCA      = 0x6007
	EtherBridged  = 0x6558
	EtherRARP     = 0x8035
	EtherATalk    = 0x809b
	EtherAARP     = 0x80f3
	EtherVLAN     = 0x8100
	EtherIPX      = 0x8137
	EtherIP6      = 0x86dd
	EtherMPLS     = 0x8847
	EtherPPPoED   = 0x8863
	EtherPPPoES   = 0x8864
	EtherQinQ     = 0x88a8
	EtherLoopback = 0x9000
	EtherOldQinQ  = 0x9100
)

// Service access points of 802.2, which language and tables use for protocols
// that have no EtherType.
const (
	SAPIP      = 0x06
	SAPSTP     = 0x42
	SAPSNAP    = 0xaa
	SAPIPX     = 0xe0
	SAPNetBEUI = 0xf0
	SAPISO     = 0xfe
)

// Numbers of protocols in IP headers (IANA).
const (
	ProtoHopByHop = 0
	ProtoICMP     = 1
	ProtoIGMP     = 2
	ProtoTCP      = 6
	ProtoIGRP     = 9
	ProtoUDP      = 17
	ProtoRouting  = 43
	ProtoFragment = 44
	ProtoESP      = 50
	ProtoAH       = 51
	ProtoICMP6    = 58
	ProtoDest     = 60
	ProtoPIM      = 103
	ProtoVRRP     = 112 // CARP too
	ProtoSCTP     = 132
)

// The first byte of an OSI network layer, and IS-IS's types of PDU (ISO 10589).
const (
	OSICLNP = 0x81
	OSIESIS = 0x82
	OSIISIS = 0x83

	ISISL1Hello = 15
	ISISL2Hello = 16
	ISISP2P     = 17
	ISISL1LSP   = 18
	ISISL2LSP   = 20
	ISISL1CSNP  = 24
	ISISL2CSNP  = 25
	ISISL1PSNP  = 26
	ISISL2PSNP  = 27
)
