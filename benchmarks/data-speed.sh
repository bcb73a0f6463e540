#!/usr/bin/env bash
# How fast one core makes views from JPEG files, beside torchvision and Pillow on the same core, in turn; and what group masking costs.
# usage: benchmarks/data-speed.sh [seconds a run]      as root: the peer lives in a Debian chroot
# PEER_ROOT: where that chroot is, or is made by debootstrap (about 1.5 GB). Prints every run and the medians of three.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-5}
root=${PEER_ROOT:-/var/lib/orchestrator-peers/trixie}
place=root/data-speed # in the chroot

if [ ! -x "$root/usr/bin/python3" ]; then
  debootstrap --variant=minbase --include=python3,python3-torchvision,python3-torchaudio,python3-pil,python3-numpy trixie "$root"
fi

mkdir -p "$root/$place"
cp benchmarks/peers/*.py "$root/$place"
if [ ! -d "$root/$place/jpegs/2000" ]; then
  # Two photographs under CC BY 2.0 from scikit-learn's Debian package, which is unpacked and not installed.
  chroot "$root" sh -ec "cd /$place && apt-get -qq download python3-sklearn && dpkg-deb -x python3-sklearn_*.deb sklearn"
  chroot "$root" env OMP_NUM_THREADS=1 python3 "/$place/photos.py" \
    "/$place/sklearn/usr/lib/python3/dist-packages/sklearn/datasets/images" "/$place/jpegs"
fi

dotnet build benchmarks -c Release -nodeReuse:false -v quiet </dev/null
ours() { taskset -c 0 dotnet benchmarks/bin/Release/net10.0/Orchestrator.Benchmarks.dll "$@"; }
peer() { chroot "$root" env OMP_NUM_THREADS=1 taskset -c 0 python3 "/$place/$1" "${@:2}" 2>/dev/null | grep '^{'; }
rate() { grep -oE '"imagesPerSecond": ?[0-9.]+' | grep -oE '[0-9.]+$'; }
median() { sort -g | sed -n 2p; }

compare() { # what, folder, jitter's probability, how we decode
  local mine="" other="" line
  for _ in 1 2 3; do
    line=$(ours loader "$root/$place/jpegs/$2" "$seconds" "$3" "$4")
    echo "$line"
    mine+="$(rate <<<"$line")"$'\n'
    line=$(peer loader.py "/$place/jpegs/$2" "$seconds" "$3")
    echo "$line"
    other+="$(rate <<<"$line")"$'\n'
  done
  mine=$(printf '%s' "$mine" | median)
  other=$(printf '%s' "$other" | median)
  awk -v what="$1" -v a="$mine" -v b="$other" 'BEGIN { printf "%s: %s images/s, torchvision %s, ratio %.2f\n", what, a, b, a / b }'
}

compare "500 px, jitter always" 500 1 windowed
compare "500 px, jitter 0.3" 500 0.3 windowed
compare "2000 px, jitter always" 2000 1 windowed
compare "2000 px, jitter always, reduced" 2000 1 reduced
ours corruption "$seconds"
