package syntax

const rtpMeaning = "what looks like RTP: UDP datagrams between ports from 1024 on that begin with an RTP version 2 header"

// rtpDefinition is the extension "rtp". Payload types 72 to 76 would be RTCP
// (RFC 5761).
const rtpDefinition = `(udp[4:2] >= 20 and udp[0:2] >= 1024 and udp[2:2] >= 1024 and
  udp[8] & 0xc0 = 0x80 and (udp[9] & 0x7f < 72 or udp[9] & 0x7f > 76)) or
 (ip6[6] = 17 and ip6[44:2] >= 20 and ip6[40:2] >= 1024 and ip6[42:2] >= 1024 and
  ip6[48] & 0xc0 = 0x80 and (ip6[49] & 0x7f < 72 or ip6[49] & 0x7f > 76))`
