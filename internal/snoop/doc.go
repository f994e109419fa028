// Package snoop tells what the IGMP and MLD messages on a link say: which hosts
// have joined which groups, who asks, and which querier is elected. As a switch that
// snoops does (RFC 4541), it listens, keeps what hosts have said, and says nothing.
//
//	var s snoop.Snooper
//	for each frame {
//		packet.Decode(...)
//		for _, e := range s.Hear(&packet, snoop.Heard{...}) { ... }
//	}
//
// A host says the same several times: lest a message is lost, and whenever a querier
// asks. Only what is new becomes an event. [Snooper.Members] and
// [Snooper.Queriers] tell what is known by then.
//
// It opens no socket and has no clock: who calls says when a frame came, and what time
// it is. What it keeps is bounded, whoever sends.
package snoop
