// Package impair is a bad link: it carries frames between two network interfaces,
// and loses, doubles, delays, reorders and slows down as many of them as it is
// told.
//
// It is a program that reads and writes packet sockets, and so it is the same on
// every kernel. What happens to a frame depends on nothing but the seed, the
// frame's flow and how many of that flow came before: the same program meets the same
// fate, whatever else is on the link.
package impair
