#!/usr/bin/env bash
# A commit (per-tensor clip, AdamW, EMA over a ViT-S's 22 million float32 parameters) beside PyTorch's loop, foreach and fused AdamW, in turn.
# usage: benchmarks/optimizer.sh [repeats]      default 3; as root: the peer lives in a Debian chroot
# PEER_ROOT: that chroot with PyTorch, or where debootstrap makes one (about 1.5 GB). THREADS: default all cores.
# Prints every run, and the ratio of the medians of the repeats, to PyTorch's best of the three (above 1: we are faster). Times are those of the clock: let nothing else run.
set -euo pipefail
cd "$(dirname "$0")/.."
repeats=${1:-3} threads=${THREADS:-$(nproc)}
. benchmarks/peers/debian.sh
place=root/optimizer # in the chroot
out=$(mktemp -d)
trap 'rm -rf "$out" "${peers:?}/$place"' EXIT

dotnet build benchmarks -c Release -nodeReuse:false -v quiet </dev/null >"$out/build.log" || { cat "$out/build.log"; exit 1; }
need_peer python3-torch python3-numpy
mkdir -p "$peers/$place"
cp benchmarks/peers/optimizer.py "$peers/$place"
ours() { dotnet benchmarks/bin/Release/net10.0/Orchestrator.Benchmarks.dll optimizer --threads "$threads" --json; }
peer() { chroot "$peers" env ATEN_CPU_CAPABILITY=$vectors python3 "/$place/optimizer.py" "$threads" 2>"$out/peer.log" | grep '^{' || { cat "$out/peer.log"; exit 1; }; }

machine
for _ in $(seq "$repeats"); do
  ours | tee -a "$out/ours.json"
  peer | tee -a "$out/torch.json"
done
for way in loop foreach fused; do
  awk -v what="$way" -v a="$(median_of medianMs "$out/ours.json")" -v b="$(median_of "${way}Ms" "$out/torch.json")" \
    'BEGIN { printf "ours %.2f ms, torch %s %.2f ms, ratio %.2f\n", a, what, b, b / a }'
done
