package syntax

const mldMeaning = "MLD messages (multicast listeners and their routers, in IPv6)"

// mldDefinition is the extension "mld". MLD comes directly after the IPv6 header,
// or, as the RFCs ask for, after a hop-by-hop header.
const mldDefinition = `(ip6[6] = 58 and
  ((ip6[40] >= 130 and ip6[40] <= 132) or ip6[40] = 143)) or
 (ip6[6] = 0 and ip6[40] = 58 and
  ((ip6[40 + (ip6[41] + 1) * 8] >= 130 and ip6[40 + (ip6[41] + 1) * 8] <= 132) or
   ip6[40 + (ip6[41] + 1) * 8] = 143))`
