#!/bin/bash
# How fast mcast reads captures, and copies what a filter keeps, against tcpdump in
# the same run.
#
#   bench/capture.sh [RUNS] [MEGABYTES]
#
# It makes captures of datagrams of 64 and of 1400 bytes, as pcap and as pcapng, in
# memory where /dev/shm is, and has three programs take turns, RUNS times (7):
#
#   tcpdump -r FILE -w /dev/null FILTER
#   mcast filter -r FILE FILTER             which counts what is kept
#   capturefile copy FILE /dev/null FILTER  which is the reader, the filter and the
#                                           writer of package capture
#
# The figures to quote are the medians of the ratios of their times, since machines
# drift: below 1, mcast is faster. Memory is that of capturefile at its highest. It
# needs tcpdump and GNU time.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."

runs=${1:-7}
megabytes=${2:-1024}
filters=("udp dst port 50001" "udp" "ip6") # a 256th, all, nothing

for tool in tcpdump awk go; do
	command -v "$tool" >/dev/null || { echo "capture.sh: $tool is missing" >&2; exit 1; }
done

if [ -w /dev/shm ]; then export TMPDIR=/dev/shm; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# tcpdump, as root, becomes another user before it reads.
chmod 755 "$work"

CGO_ENABLED=0 go build -o "$work/" ./cmd/mcast ./bench/testdata/capturefile
capturefile=$work/capturefile

median() { sort -g | awk '{ x[NR] = $1 } END { print NR % 2 ? x[(NR + 1) / 2] : (x[NR / 2] + x[NR / 2 + 1]) / 2 }'; }

# nanoseconds COMMAND...: how long it takes.
nanoseconds() {
	local start
	start=$(date +%s%N)
	"$@" >/dev/null 2>"$work/errors" || { cat "$work/errors" >&2; exit 1; }
	echo $(($(date +%s%N) - start))
}

# compare FILE FILTER
compare() {
	local file=$1 expression=$2 theirs reading copying
	: >"$work/reading"
	: >"$work/copying"
	: >"$work/theirs"
	for _ in $(seq "$runs"); do
		theirs=$(nanoseconds tcpdump -r "$file" -w /dev/null "$expression")
		reading=$(nanoseconds "$work/mcast" filter -r "$file" "$expression")
		copying=$(nanoseconds "$capturefile" copy "$file" /dev/null "$expression")
		awk -v a="$reading" -v b="$theirs" 'BEGIN { print a / b }' >>"$work/reading"
		awk -v a="$copying" -v b="$theirs" 'BEGIN { print a / b }' >>"$work/copying"
		echo "$theirs" >>"$work/theirs"
	done
	printf '%-12s %-20s tcpdump %4.0f ms   mcast filter %.2f   copied %.2f\n' "$(basename "$file")" "$expression" \
		"$(median <"$work/theirs" | awk '{ print $1 / 1e6 }')" "$(median <"$work/reading")" "$(median <"$work/copying")"
}

echo "$(uname -srm), $(nproc) cores, $(tcpdump --version 2>&1 | head -1), $runs runs, $megabytes MB"
for payload in 64 1400; do
	for format in pcap pcapng; do
		file=$work/$payload.$format
		"$capturefile" make "$file" "$payload" "$megabytes"
		chmod 644 "$file"
		for expression in "${filters[@]}"; do compare "$file" "$expression"; done
		if [ -x /usr/bin/time ]; then
			/usr/bin/time -f "$payload.$format: %M kB of memory at most" "$capturefile" copy "$file" /dev/null udp
		fi
		rm "$file"
	done
done
