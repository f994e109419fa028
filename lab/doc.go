// Package lab makes virtual networks of hosts, switches and routers, out of Linux
// namespaces, without root, runs programs on them, and says whether they did what was
// expected. It is for tests of software that multicasts, on a laptop or in CI, where
// there is no network that would.
//
// # Isolation
//
// Labs are made in a process that is alone with its networks. Tests get there by
//
//	func TestMain(m *testing.M) { lab.Main(m) }
//
// and other programs by [Isolate]. Both start the program a second time, in namespaces of
// its own, so that nothing is seen outside and nothing outlives the process, however
// it ends. That takes a user namespace, or root. Where neither is to be had, [Start]
// fails with a [NotIsolatedError], which says which setting of the system forbids it
// (kernel.apparmor_restrict_unprivileged_userns on Ubuntu, a container's seccomp profile
// …) and whose Hint is the way round; tests may skip then.
//
// # Topologies
//
// What a lab is made of is a [Topology]: segments, which are hubs or switches with
// IGMP and MLD snooping, and hosts with interfaces on these, addresses, routes and
// settings. A host may be a router, and a link may be bad ([Impairment]). A program fills
// the struct in, and needs no more than this:
//
//	t := &lab.Topology{
//		Segments: []lab.Segment{{Name: "lan"}},
//		Hosts: []lab.Host{
//			{Name: "a", Interfaces: []lab.Interface{{Name: "eth0", Segment: "lan", Addresses: …}}},
//			{Name: "b", Interfaces: []lab.Interface{{Name: "eth0", Segment: "lan", Addresses: …}}},
//		},
//	}
//
// Or it is read from a file in YAML by [Parse]; docs/lab.md has the format. Either is
// checked before anything is made.
//
// # Hosts
//
// When Start returns, everything is ready: addresses can be used, and snooping is in force.
// A host ([Lab.Host]) has its own interfaces, routes, name, /run, /sys and /etc/hosts,
// and shares all other files with the machine. [Node.Do] runs a function there, whose
// sockets stay on the host wherever they are used later; goroutines that it starts are
// not on the host. [Node.Start] starts a program, which sees itself as root.
//
// A host has no route to groups unless it has a default route or one for 224.0.0.0/4: name
// the interface when joining and sending, as one should.
//
// A switch that snoops learns of a join by the membership report, milliseconds after the
// join has returned, and does not send the host what comes before that. A step waits for it
// (Condition.Joined), and [Node.WaitJoined] does.
//
// [Lab.Close] kills every program on the hosts, also those that have detached
// themselves, and takes the network down.
//
// # Steps and expectations
//
// A topology may say which programs are to run, one after the other ([Step]), and what
// has to be so in the end ([Expectation]): what a program prints, how it ends, which
// frames are seen on a link. [Lab.Run] runs these, tells what happens while it does
// ([RunConfig]), and returns a [Result]. That is what mcast lab run does with a file.
package lab
