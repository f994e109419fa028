// Package sys is the only room of the house that talks to the kernel by system
// call: socket options, memberships, control messages, batches of messages,
// segmentation offload, netlink and namespaces. It knows no policy: what to
// join and when is decided above it. Nothing else imports x/sys/unix.
//
// Most of it is Linux's. The package above it needs little on other systems, for
// which it has an implementation of its own; the build tag mcast_portable puts
// that on Linux, with the calls that it needs, so that it can be tested there.
//
// Errors are *os.SyscallError values that name the call; the packages above
// say what it was made for.
package sys
