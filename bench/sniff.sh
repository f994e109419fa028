#!/bin/bash
# What mcast sniff costs, against tcpdump in the same run.
#
#   sudo bench/sniff.sh [RUNS] [SECONDS]
#
#     namespace a                    namespace b
#     sender  v0 ------ veth ------ v0  capture
#
# tcpdump and mcast take turns, RUNS times (5), and the figures to quote are the
# medians of the ratios, since machines drift: below 1, mcast is the cheaper one.
#
#   text    the time to print a file of 64-byte datagrams:
#             tcpdump -n -r FILE      mcast sniff -r FILE ''
#   file    the processor time a frame, while a sender sends as fast as it can without
#           offload, for SECONDS (2); not what it takes to begin, which for mcast is a
#           ring of 128 MiB:
#             tcpdump -w FILE         mcast sniff -w FILE
#   offload what mcast sniff --quiet -w /dev/null misses of a sender at full rate
#
# It needs root, ip (iproute2), pgrep (procps) and tcpdump. It touches nothing but its
# own namespaces.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."
. bench/pair.bash

runs=${1:-5}
seconds=${2:-2}
group=239.1.1.1

needs ip tcpdump awk go pgrep

if [ -w /dev/shm ]; then export TMPDIR=/dev/shm; fi
make_pair
# tcpdump, as root, becomes another user before it reads.
chmod 755 "$work"

CGO_ENABLED=0 go build -o "$work/" ./cmd/mcast ./bench/testdata/capturefile
mcast=$work/mcast

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { print a / b }'; }

# nanoseconds COMMAND...: how long it takes to print to nobody.
nanoseconds() {
	local start
	start=$(date +%s%N)
	"$@" >/dev/null 2>"$work/errors" || { cat "$work/errors" >&2; exit 1; }
	echo $(($(date +%s%N) - start))
}

text() {
	local theirs ours
	"$work/capturefile" make "$work/64.pcap" 64 200
	chmod 644 "$work/64.pcap"
	: >"$work/ratios"
	for _ in $(seq "$runs"); do
		theirs=$(nanoseconds tcpdump -n -r "$work/64.pcap")
		ours=$(nanoseconds "$mcast" sniff -r "$work/64.pcap" '')
		ratio "$ours" "$theirs" >>"$work/ratios"
	done
	rm "$work/64.pcap"
	printf 'text: %.2f of the time of tcpdump -n\n' "$(median <"$work/ratios")"
}

# sent FILE: datagrams in the summary of mcast send --json.
sent() { sed -n 's/.*"type":"summary","datagrams":\([0-9]*\),.*/\1/p' "$1"; }

# used PID: the processor time of a program and of its children, in ns.
used() {
	local pid
	for pid in "$1" $(pgrep -P "$1"); do
		cat "/proc/$pid"/task/*/schedstat
	done | awk '{ n += $1 } END { printf "%.0f\n", n }'
}

# while_sending SIZE SEND_FLAGS -- COMMAND...: runs a capture while a sender sends, and
# prints the processor time in ns from when it was ready, and how many were sent.
# What the capture says is in the file errors.
while_sending() {
	local size=$1 flags=() before after
	shift
	while [ "$1" != -- ]; do
		flags+=("$1")
		shift
	done
	shift
	: >"$work/errors"
	ip netns exec "$b" "$@" >/dev/null 2>"$work/errors" &
	local pid=$!
	until grep -q 'listening on\|capturing on' "$work/errors"; do
		kill -0 "$pid" 2>/dev/null || { cat "$work/errors" >&2; exit 1; }
		sleep 0.01
	done
	before=$(used "$pid")
	ip netns exec "$a" "$mcast" send "$group:5000" -i v0 --size "$size" --rate max --duration "${seconds}s" --json "${flags[@]}" >"$work/send"
	sleep 1.1 # everything is read and written by then; tcpdump does not read on when it is told to end
	after=$(used "$pid")
	kill -INT "$pid"
	wait "$pid" || true
	echo "$((after - before)) $(sent "$work/send")"
}

# captured: frames in what the capture says, and drops.
captured() {
	sed -n 's/^captured \([0-9]*\) frames.* \([0-9]*\) dropped by the kernel.*/\1 \2/p; s/^\([0-9]*\) packets captured$/\1/p; s/^\([0-9]*\) packets dropped by kernel$/\1/p' "$work/errors" | tr '\n' ' '
	echo
}

file() {
	local size=$1 used sent frames dropped theirs ours lost=0 missed=0
	: >"$work/ratios"
	for _ in $(seq "$runs"); do
		read -r used sent < <(while_sending "$size" --offload off -- tcpdump -Z root -n -i v0 -w "$work/written.pcap" udp)
		# At once: who writes while the other's file is there gets memory that the
		# machine may have to fetch first.
		rm "$work/written.pcap"
		read -r frames dropped < <(captured)
		missed=$((missed + sent - frames))
		theirs=$(ratio "$used" "$frames")
		read -r used sent < <(while_sending "$size" --offload off -- "$mcast" sniff -i v0 -w "$work/written.pcap" udp)
		rm "$work/written.pcap"
		read -r frames dropped < <(captured)
		lost=$((lost + sent - frames))
		[ "$((sent - frames))" -le "$dropped" ] || echo "    lost without a word: $((sent - frames - dropped))" >&2
		ours=$(ratio "$used" "$frames")
		ratio "$ours" "$theirs" >>"$work/ratios"
	done
	printf 'file, %4s B: %.2f of the processor time of tcpdump -w a frame (%.0f ns); missed of all: %d, tcpdump %d\n' \
		"$size" "$(median <"$work/ratios")" "$ours" "$lost" "$missed"
}

offload() {
	local size=$1 used sent frames dropped all=0 lost=0
	for _ in $(seq "$runs"); do
		read -r used sent < <(while_sending "$size" -- "$mcast" sniff -i v0 --quiet -w /dev/null udp)
		read -r frames dropped < <(captured)
		all=$((all + sent))
		lost=$((lost + sent - frames))
	done
	printf 'offload, %4s B: %.1f million a second (%.0f ns of processor time each), missed %d, %d dropped in the last run\n' \
		"$size" "$(awk -v n="$all" -v s=$((runs * seconds)) 'BEGIN { print n / s / 1e6 }')" "$(ratio "$used" "$frames")" "$lost" "$dropped"
}

echo "$(uname -srm), $(nproc) cores, $(tcpdump --version 2>&1 | head -1), $runs runs of $seconds s"
text
for size in 64 1400; do file "$size"; done
for size in 64 1400; do offload "$size"; done
