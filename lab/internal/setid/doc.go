// Package setid lets programs that give up root's rights run where there is nobody but
// root: in the user namespace of an ordinary user, which has one user and one group. There
// setuid(2) to another, setgroups(2) to anything, and chown(2) of a file to another fail, and
// tcpdump, for one, ends with an error.
//
// A seccomp filter answers these calls in the kernel's place: done. The program stays root, which
// is no more than the ordinary user who has started all this, and its files stay that user's. A
// program that looks whether it really is somebody else now is not helped.
package setid
