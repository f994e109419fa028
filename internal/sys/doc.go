// Package sys is the only room of the house that talks to the kernel by system
// call: socket options, memberships, control messages, batches of messages,
// segmentation offload, netlink and namespaces. It knows no policy: what to
// join and when is decided above it. Nothing else imports x/sys/unix.
//
// Errors are *os.SyscallError values that name the call; the packages above
// say what it was made for.
package sys
