#!/usr/bin/env bash
# A training step beside PyTorch's (DistributedDataParallel over gloo above world 1), in turn.
# usage: benchmarks/step.sh [repeats]      default 3; as root: the peer lives in a Debian chroot
# PEER_ROOT: that chroot with PyTorch, or where debootstrap makes one (about 1.5 GB). BACKBONES, PRECISIONS, WORLDS, BATCH, STEPS: what to measure.
# Cores are shared out evenly among the ranks. Prints every run, and the ratio of the medians of the repeats (above 1: we are faster). Times are those of the clock: let nothing else run.
set -euo pipefail
cd "$(dirname "$0")/.."
repeats=${1:-3}
batch=${BATCH:-32} steps=${STEPS:-6} cores=$(nproc)
. benchmarks/peers/debian.sh
place=root/step # in the chroot
out=$(mktemp -d)
trap 'rm -rf "$out" "${peers:?}/$place"' EXIT

dotnet build benchmarks -c Release -nodeReuse:false -v quiet </dev/null >"$out/build.log" || { cat "$out/build.log"; exit 1; }
# On the reference BLAS torch is several times slower, and would be no peer.
need_peer python3-torch python3-numpy libopenblas0-pthread
mkdir -p "$peers/$place"
cp benchmarks/peers/step.py "$peers/$place"
ours() { dotnet benchmarks/bin/Release/net10.0/Orchestrator.Benchmarks.dll step --backbone "$1" --precision "$2" --world "$3" --batch "$batch" --steps "$steps" --json; }
peer() {
  chroot "$peers" env ATEN_CPU_CAPABILITY=$vectors python3 "/$place/step.py" "$1" 224 16 "$batch" "$2" "$3" $((cores / $3 > 0 ? cores / $3 : 1)) "$steps" 2>"$out/peer.log" |
    grep '^{' || { cat "$out/peer.log"; exit 1; }
}
rate() { median_of samplesPerSecond "$1"; }

machine
for backbone in ${BACKBONES:-vit-small}; do
  for precision in ${PRECISIONS:-fp32 bf16}; do
    for world in ${WORLDS:-1 2}; do
      rm -f "$out"/*.json
      for _ in $(seq "$repeats"); do
        ours "$backbone" "$precision" "$world" | tee -a "$out/ours.json"
        peer "$backbone" "$precision" "$world" | tee -a "$out/torch.json"
      done
      awk -v what="$backbone $precision, world $world" -v a="$(rate "$out/ours.json")" -v b="$(rate "$out/torch.json")" \
        'BEGIN { printf "%s: %.2f samples/s, torch %.2f, ratio %.2f\n", what, a, b, a / b }'
    done
  done
done
