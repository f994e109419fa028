// Package lab makes virtual networks of hosts, switches and routers, out of Linux
// network namespaces, without root, runs programs on them, and says whether
// they did what was expected.
package lab
