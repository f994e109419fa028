#!/bin/bash
# How fast mcast is, against iperf 2 in the same run.
#
#   sudo bench/speed.sh [RUNS] [SECONDS]
#
#     namespace a                    namespace b
#     sender  v0 ------ veth ------ v0  receiver
#
# Sender and receiver are processes in two network namespaces joined by a veth
# pair. iperf and mcast take turns, RUNS times (5); the figures to quote are the
# medians of the ratios, since machines drift. Every datagram is accounted for:
# what was sent was received, or else is reported.
#
# It needs root, iperf (2.1), ip (iproute2), python3 and a C locale's awk. It
# touches nothing but its own namespaces.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")/.."
. bench/pair.bash

runs=${1:-5}
seconds=${2:-2}
group=239.1.1.1
port=50001

needs ip iperf python3 awk go

make_pair

CGO_ENABLED=0 go build -o "$work/" ./cmd/mcast ./cmd/mcastsend
mcast=$work/mcast

for ns in "$a" "$b"; do
	ip -n "$ns" link set lo up
	ip -n "$ns" route add 224.0.0.0/4 dev v0 # for iperf, which cannot name an interface
done

# summary FILE: datagrams, rate and drops of the summary object in it.
summary() {
	sed -n 's/.*"type":"summary","datagrams":\([0-9]*\),"bytes":[0-9]*,"seconds":\([0-9.e+-]*\)\(,"dropped":\([0-9]*\)\)\{0,1\}.*/\1 \2 \4/p' "$1" |
		awk '{ printf "%d %.0f %d\n", $1, ($2 > 0 ? $1 / $2 : 0), $3 }'
}

# with_mcast RECV_GROUP SEND_GROUP SIZE SEND_FLAGS...: prints the rate received.
with_mcast() {
	local receive=$1 to=$2 size=$3 sent received rate dropped
	shift 3
	rm -f "$work/ready"
	ip netns exec "$b" "$mcast" recv "$receive:$port" -i v0 --quiet --json --idle 2s --ready-file "$work/ready" >"$work/recv" 2>"$work/recv.err" &
	local pid=$!
	while [ ! -e "$work/ready" ]; do
		kill -0 "$pid" 2>/dev/null || { cat "$work/recv.err" >&2; exit 1; }
		sleep 0.01
	done
	ip netns exec "$a" "$mcast" send "$to:$port" -i v0 --size "$size" --rate max --duration "${seconds}s" --json "$@" >"$work/send"
	wait "$pid" || true
	read -r sent _ <<<"$(summary "$work/send")"
	read -r received rate dropped <<<"$(summary "$work/recv")"
	if [ "$sent" != "$received" ]; then
		echo "    lost: $((sent - received)) of $sent (the kernel counts $dropped drops)" >&2
		echo "$((sent - received))" >>"$work/lost"
	fi
	echo "$rate"
}

# with_iperf SIZE: prints the rate received.
with_iperf() {
	ip netns exec "$b" iperf -s -u -B "$group" -l "$1" -w 8M -y C >"$work/iperf" 2>/dev/null &
	local pid=$!
	until ip netns exec "$b" grep -q ' 5001$\|:1389 ' /proc/net/udp 2>/dev/null; do sleep 0.01; done
	ip netns exec "$a" iperf -c "$group" -u -l "$1" -b 40G -w 8M -t "$seconds" -y C >/dev/null 2>&1
	# The server reports when the end of the stream has reached it.
	for _ in $(seq 200); do
		[ -s "$work/iperf" ] && break
		sleep 0.02
	done
	kill "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
	awk -F, 'END { split($7, t, "-"); if (t[2] > t[1]) printf "%.0f\n", ($12 - $11) / (t[2] - t[1]) }' "$work/iperf"
}

# compare TITLE SIZE SEND_FLAGS...: mcast against iperf.
compare() {
	local title=$1 size=$2 ours theirs
	shift 2
	: >"$work/ratios"
	: >"$work/lost"
	for _ in $(seq "$runs"); do
		theirs=$(with_iperf "$size")
		ours=$(with_mcast "$group" "$group" "$size" "$@")
		awk -v t="$title" -v o="$ours" -v i="$theirs" 'BEGIN { printf "  %-28s mcast %12.0f/s  iperf %9.0f/s  ratio %.2f\n", t, o, i, o / i }'
		awk -v o="$ours" -v i="$theirs" 'BEGIN { print o / i }' >>"$work/ratios"
	done
	printf '%-30s median ratio %s, runs with loss: %s of %s\n\n' "$title" "$(median <"$work/ratios")" "$(wc -l <"$work/lost")" "$runs"
}

# groups TITLE TO: 10,000 groups joined, against one.
groups() {
	local title=$1 to=$2 one many
	: >"$work/ratios"
	: >"$work/lost"
	for _ in $(seq "$runs"); do
		one=$(with_mcast "$group" "$group" 64)
		many=$(with_mcast 239.1.0.0+10000 "$to" 64)
		awk -v t="$title" -v o="$one" -v m="$many" 'BEGIN { printf "  %-28s one %12.0f/s  10,000 %12.0f/s  ratio %.2f\n", t, o, m, m / o }'
		awk -v o="$one" -v m="$many" 'BEGIN { print m / o }' >>"$work/ratios"
	done
	printf '%-30s median ratio %s, runs with loss: %s of %s\n\n' "$title" "$(median <"$work/ratios")" "$(wc -l <"$work/lost")" "$runs"
}

# seconds_of COMMAND...: wall time of twenty runs.
seconds_of() {
	local start
	start=$(date +%s%N)
	for _ in $(seq 20); do "$@"; done
	echo $((($(date +%s%N) - start) / 20000))
}

# oneshot TITLE COMMAND...: one datagram, against Python.
oneshot() {
	local title=$1 ours theirs
	shift
	: >"$work/ratios"
	for _ in $(seq "$runs"); do
		theirs=$(seconds_of ip netns exec "$a" /usr/bin/python3 -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("10.0.0.1"))
s.sendto(b"hello", ("239.1.1.1", 50001))')
		ours=$(seconds_of ip netns exec "$a" "$@")
		baseline=$(seconds_of ip netns exec "$a" /bin/true)
		awk -v t="$title" -v o="$ours" -v i="$theirs" -v n="$baseline" \
			'BEGIN { printf "  %-28s %6.0f us  python3 %6.0f us  (ip netns exec alone %.0f us, taken off)  ratio %.2f\n", t, o - n, i - n, n, (o - n) / (i - n) }'
		awk -v o="$ours" -v i="$theirs" -v n="$baseline" 'BEGIN { print (o - n) / (i - n) }' >>"$work/ratios"
	done
	printf '%-30s median ratio %s\n\n' "$title" "$(median <"$work/ratios")"
}

echo "$(uname -srm), $(nproc) cores, $(iperf --version 2>&1 | cut -d' ' -f1-3), $runs runs of $seconds s"
echo
compare "64 B" 64
compare "1400 B" 1400
compare "64 B, offload off" 64 --offload off
compare "1400 B, offload off" 1400 --offload off
groups "to one of 10,000 groups" 239.1.0.77
groups "to all of 10,000 groups" 239.1.0.0+10000
oneshot "one mcast send" "$mcast" send 239.1.1.1:50001 hello -i 10.0.0.1
oneshot "one mcastsend" "$work/mcastsend" 10.0.0.1 239.1.1.1 50001 hello

rm -f "$work/ready"
start=$(date +%s%N)
ip netns exec "$b" "$mcast" recv "239.1.0.0+10000:$port" -i v0 --quiet --ready-file "$work/ready" 2>/dev/null &
pid=$!
while [ ! -e "$work/ready" ]; do sleep 0.005; done
echo "10,000 groups joined $((($(date +%s%N) - start) / 1000000)) ms after the start of the process, $(awk '/VmHWM/ { print $2 " " $3 }' "/proc/$pid/status") at most, $(find "/proc/$pid/fd" -mindepth 1 | wc -l) descriptors"
kill "$pid"
wait "$pid" 2>/dev/null || true
