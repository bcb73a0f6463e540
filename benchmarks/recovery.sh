#!/usr/bin/env bash
# How fast a run recovers and what being able to costs, with torchrun in turn: from SIGKILL to the next step, a state's way to a joiner, an
# undisturbed step in a cluster and alone, a ViT-B's checkpoints beside the plain disk.
# usage: benchmarks/recovery.sh [rounds] [part …]      parts: kills torchrun copy elastic checkpoints; all of them by default
#   rounds    default 3: of copies and checkpoints; five kills a round in three schedules or more
# PEER_ROOT: the Debian chroot with PyTorch, or where debootstrap makes one (about 1.5 GB); torchrun needs root. STORAGE: folder on the disk to measure.
# Times are those of the clock: let nothing else run.
set -euo pipefail
cd "$(dirname "$0")/.."
repeats=${1:-3}
parts=" ${*:2} "
if [ "$parts" = "  " ]; then parts=" kills torchrun copy elastic checkpoints "; fi
. benchmarks/peers/debian.sh
place=root/torchrun-recovery # in the chroot
out=$(mktemp -d "${STORAGE:-${TMPDIR:-/tmp}}/recovery.XXXXXX")
trap 'rm -rf "$out" "${peers:?}/$place"' EXIT
root=$PWD
wants() { case $parts in *" $1 "*) ;; *) return 1 ;; esac }
ours() { dotnet "$root/benchmarks/bin/Release/net10.0/Orchestrator.Benchmarks.dll" "$@"; }

dotnet build benchmarks -c Release -nodeReuse:false -v quiet </dev/null >"$out/build.log" || { cat "$out/build.log"; exit 1; }
machine

if wants kills; then
  echo "# SIGKILL of one of three workers"
  (cd "$out" && dotnet run --no-build -c Release --project "$root/src/Cli" -- demo --spec "$root/tests/EndToEnd.Tests/Specs/steady.yaml" \
    --data-root "$root/samples" --workers 3 --chaos "1..$((repeats < 3 ? 3 : repeats))" --kills 5 --pauses 0 </dev/null >kills.log 2>&1) \
    || { tail -n 20 "$out/kills.log"; exit 1; }
  sed -n '/^chaos seed/,$p' "$out/kills.log"
  sed -n 's|.*, \([0-9]*\) samples/s, .* 3 ranks$|\1|p' "$out/kills.log" | sort -n \
    | awk '{ rate[NR] = $1 } END { if (NR) printf "a step of three ranks: %.2f s (512 samples, median of %d)\n", 512 / rate[int((NR + 1) / 2)], NR }'
fi

if wants torchrun; then
  echo "# the same with torchrun (DDP over gloo, three ranks on this machine, a checkpoint every ten steps)"
  need_peer python3-torch python3-numpy
  mkdir -p "$peers/$place"
  cp benchmarks/peers/torchrun_recovery.py "$peers/$place"
  chroot "$peers" python3 "/$place/torchrun_recovery.py" "/$place/run" "$((5 * repeats))" 400 10 2>/dev/null | grep '^{'
fi

if wants copy; then
  echo "# a ViT-B's state to a joiner, over loopback"
  ours copy "$repeats"
fi

if wants elastic; then
  echo "# an undisturbed step in a cluster and alone"
  for workers in 1 2; do
    ours elastic tests/EndToEnd.Tests/Specs/steady.yaml samples "$root/src/Cli/bin/Release/net10.0" "$workers" 60
  done
fi

if wants checkpoints; then
  echo "# a ViT-B's checkpoints"
  ours checkpoint "$out" "$repeats"
  # The disk by another program, from memory.
  head -c 1545000000 /dev/urandom >"$out/bytes"
  for _ in $(seq "$repeats"); do
    dd if="$out/bytes" of="$out/dd" bs=1M conv=fsync 2>&1 | tail -n 1
    rm "$out/dd"
  done
fi
