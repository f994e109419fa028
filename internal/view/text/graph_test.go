package text

import (
	"strings"
	"testing"

	"mcast/internal/view"
	"mcast/lab"
)

func TestGraph(t *testing.T) {
	topology, err := lab.Parse("campus.yaml", []byte(`
description: "two sites \e[31m"
segments:
  lan: {snooping: true, fast_leave: true, flood: false, querier: {version: 3, interval: 5s}, isolated: a.eth0, static: [{group: 239.1.1.1, port: b.eth0}]}
  core: {kind: hub}
  empty:
hosts:
  a: {interfaces: {eth0: {segment: lan, address: 10.1.0.1/24, mac: "02:00:00:00:00:01"}}}
  b:
    interfaces:
      eth0:
        segment: lan
        addresses: [10.1.0.2/24, "fd00::2/64"]
        mtu: 9000
        impair: {loss: 0.5%, delay: 20 ms, jitter: 5ms, duplicate: 1%, reorder: 25%, rate: 10 Mbit}
        impair_from: {loss: 0.1}
    gateway: 10.1.0.254
  r:
    interfaces: {up: {segment: core, address: 10.9.0.1/24}, down: {segment: lan, address: 10.1.0.254/24}}
    router:
      multicast: [{group: 239.1.1.1, source: 10.9.0.2, in: up, out: [{interface: down, threshold: 4}]}, {group: 239.1.1.2, in: up, out: down}]
      proxy: {upstream: up, downstream: down}
  src: {interfaces: {eth0: {segment: core, address: 10.9.0.2/24}}, routes: [{to: default, via: 10.9.0.1}, {to: 224.0.0.0/4, interface: eth0}]}
`))
	if err != nil {
		t.Fatal(err)
	}
	const want = `campus: "two sites \x1b[31m"

lan (switch, snooping, querier IGMPv3 MLDv2 every 5s, no flooding, fast leave)
├── a.eth0  10.1.0.1/24             02:00:00:00:00:01; isolated
├── b.eth0  10.1.0.2/24 fd00::2/64  MTU 9000; static 239.1.1.1; to it: loss 0.5%, delay 20ms, jitter 5ms, duplication 1%, reordering 25%, 10 Mbit/s; from it: loss 10%
└── r.down  10.1.0.254/24

core (hub)
├── r.up      10.9.0.1/24
└── src.eth0  10.9.0.2/24

empty (switch)

b    default by 10.1.0.254
r    router; (10.9.0.2,239.1.1.1) from up to down (TTL above 4); (*,239.1.1.2) from up to down; proxy from up to down
src  default by 10.9.0.1; 224.0.0.0/4 on eth0
`
	var b strings.Builder
	if err := Graph(&b, view.NewGraph(topology)); err != nil || b.String() != want {
		t.Errorf("%v\n%s\nwant\n%s", err, b.String(), want)
	}
}
