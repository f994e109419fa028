#!/bin/bash
# What the benchmarks have in common that need two hosts. It is sourced, by bash, in the
# directory of the project.
#
#   needs TOOL...      ends the benchmark where a tool is missing, or root
#   make_pair          sets work to a directory, and a and b to namespaces, with 10.0.0.1 and
#                      10.0.0.2 on v0; what is in them ends with the benchmark
#   median             of the numbers on standard input

needs() {
	local tool
	for tool in "$@"; do
		command -v "$tool" >/dev/null || { echo "${0##*/}: $tool is missing" >&2; exit 1; }
	done
	[ "$(id -u)" = 0 ] || { echo "${0##*/}: namespaces with names need root" >&2; exit 1; }
}

clean_pair() {
	local ns
	for ns in "$a" "$b"; do
		ip netns pids "$ns" 2>/dev/null | xargs -r kill 2>/dev/null || true
		ip netns del "$ns" 2>/dev/null || true
	done
	rm -rf "$work"
}

make_pair() {
	local ns address=1
	work=$(mktemp -d)
	a=mcast-bench-a-$$
	b=mcast-bench-b-$$
	trap clean_pair EXIT
	ip netns add "$a"
	ip netns add "$b"
	ip link add v0 netns "$a" type veth peer name v0 netns "$b"
	for ns in "$a" "$b"; do
		ip netns exec "$ns" sysctl -qw net.ipv6.conf.v0.disable_ipv6=1
		ip -n "$ns" addr add "10.0.0.$address/24" dev v0
		ip -n "$ns" link set v0 up
		address=$((address + 1))
	done
}

median() { sort -g | awk '{ x[NR] = $1 } END { print NR % 2 ? x[(NR + 1) / 2] : (x[NR / 2] + x[NR / 2 + 1]) / 2 }'; }
