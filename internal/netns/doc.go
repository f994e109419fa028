// Package netns runs code and processes in Linux network namespaces, as root
// and, through a user namespace, as an ordinary user.
//
// An [NS] is a namespace held open by a file descriptor: it has no name, needs
// no bind mount under /run/netns, and is gone when the last descriptor, socket,
// thread and process that uses it is. Beware that the kernel takes namespaces
// down in the background, a little after that.
//
//	ns, err := netns.New()
//	...
//	defer ns.Close()
//	err = ns.Do(func() error {
//		conn, err = net.ListenMulticastUDP("udp4", nil, group) // a socket of ns, for good
//		return err
//	})
//
// A namespace belongs to a thread, not to a goroutine or a process, and that
// makes four traps:
//
//   - Goroutines that a function started with [NS.Do] starts are not in the
//     namespace. What they inherit is what was opened in it: a socket stays in
//     the namespace in which it was made, wherever it is used.
//   - /proc/net and /proc/self/net show the namespace of the first thread of
//     the process. Read /proc/thread-self/net. (/proc/sys/net follows the
//     calling thread.)
//   - /sys/class/net shows the namespace in which /sys was mounted.
//   - A thread that cannot be brought back is poison for whatever goroutine the
//     scheduler puts on it next. Do lets such a thread die.
//
// [Reexec] puts a whole program into a fresh namespace, so that what it does
// cannot touch the network of the machine.
package netns
