#!/usr/bin/env bash
# How fast ranks of one machine add a gradient up, beside torch.distributed over gloo, in turn.
# usage: benchmarks/allreduce.sh [repeats]      default 3; as root: the peer lives in a Debian chroot
# PEER_ROOT: that chroot with PyTorch, or where debootstrap makes one (about 1.5 GB). WORLDS, SIZES (MiB), TRANSPORTS: what to measure.
# Prints every run, and the ratio of the medians of the repeats (above 1: we are faster). Times are those of the clock: let nothing else run.
set -euo pipefail
cd "$(dirname "$0")/.."
repeats=${1:-3}
. benchmarks/peers/debian.sh
place=root/allreduce # in the chroot
out=$(mktemp -d)
trap 'rm -rf "$out" "${peers:?}/$place"' EXIT

dotnet build benchmarks -c Release -nodeReuse:false -v quiet </dev/null >"$out/build.log" || { cat "$out/build.log"; exit 1; }
need_peer python3-torch python3-numpy
mkdir -p "$peers/$place"
cp benchmarks/peers/allreduce.py "$peers/$place"
ours() { dotnet benchmarks/bin/Release/net10.0/Orchestrator.Benchmarks.dll allreduce --world "$1" --mib "$2" --transport "$3" --json 2> >(grep -v "is not known here" >&2); }
peer() { chroot "$peers" env ATEN_CPU_CAPABILITY=$vectors python3 "/$place/allreduce.py" "$1" "$2" 2>"$out/peer.log" | grep '^{' || { cat "$out/peer.log"; exit 1; }; }
milliseconds() { median_of medianMs "$1"; }

machine
for world in ${WORLDS:-2 4}; do
  for mib in ${SIZES:-0.00390625 1 16 64}; do
    rm -f "$out"/*.json
    for _ in $(seq "$repeats"); do
      for transport in ${TRANSPORTS:-memory shm tcp}; do
        ours "$world" "$mib" "$transport" | tee -a "$out/$transport.json"
      done
      peer "$world" "$mib" | tee -a "$out/gloo.json"
    done
    gloo=$(milliseconds "$out/gloo.json")
    for transport in ${TRANSPORTS:-memory shm tcp}; do
      awk -v world="$world" -v mib="$mib" -v what="$transport" -v a="$(milliseconds "$out/$transport.json")" -v b="$gloo" \
        'BEGIN { printf "world %d, %g MiB: %s %.3f ms, gloo %.3f ms, ratio %.2f\n", world, mib, what, a, b, b / a }'
    done
  done
done
