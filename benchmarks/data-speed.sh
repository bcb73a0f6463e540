#!/usr/bin/env bash
# How fast one core makes views from JPEG files, beside torchvision and Pillow on the same core, and log-mels beside torchaudio, in turn; and what
# group masking costs. Rates are by processor time, so that other programs on the core do not show.
# usage: benchmarks/data-speed.sh [seconds a run]      as root: the peer lives in a Debian chroot
# PEER_ROOT: where that chroot is, or is made by debootstrap (about 1.5 GB). Prints every run and the medians of three.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-5}
. benchmarks/peers/debian.sh
place=root/data-speed # in the chroot

# torchaudio on the reference BLAS is several times slower, and would be no peer.
need_peer python3-torchvision python3-torchaudio python3-pil python3-numpy libopenblas0-pthread

mkdir -p "$peers/$place"
cp benchmarks/peers/*.py "$peers/$place"
if [ ! -d "$peers/$place/jpegs/2000" ]; then
  # Two photographs under CC BY 2.0 from scikit-learn's Debian package, which is unpacked and not installed.
  chroot "$peers" sh -ec "cd /$place && apt-get -qq download python3-sklearn && dpkg-deb -x python3-sklearn_*.deb sklearn"
  chroot "$peers" env OMP_NUM_THREADS=1 python3 "/$place/photos.py" \
    "/$place/sklearn/usr/lib/python3/dist-packages/sklearn/datasets/images" "/$place/jpegs"
fi

dotnet build benchmarks -c Release -nodeReuse:false -v quiet </dev/null
ours() { taskset -c 0 dotnet benchmarks/bin/Release/net10.0/Orchestrator.Benchmarks.dll "$@"; }
peer() {
  chroot "$peers" env OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 ATEN_CPU_CAPABILITY=$vectors taskset -c 0 python3 "/$place/$1" "${@:2}" 2>/dev/null | grep '^{'
}
rate() { grep -oE '"(imagesPerSecond|realTimeFactor)": ?[0-9.]+' | grep -oE '[0-9.]+$'; }
median() { sort -g | sed -n 2p; }

compare() { # what, unit and peer in words, our arguments, the peer's: three times in turn, each line and the medians
  local mine="" other="" line
  for _ in 1 2 3; do
    # shellcheck disable=SC2086
    line=$(ours $3 | sed -n 1p)
    echo "$line"
    mine+="$(rate <<<"$line")"$'\n'
    # shellcheck disable=SC2086
    line=$(peer $4)
    echo "$line"
    other+="$(rate <<<"$line")"$'\n'
  done
  mine=$(printf '%s' "$mine" | median)
  other=$(printf '%s' "$other" | median)
  awk -v what="$1" -v words="$2" -v a="$mine" -v b="$other" 'BEGIN { printf "%s: %s %s %s, ratio %.2f\n", what, a, words, b, a / b }'
}

images() { # what, folder, jitter's probability, how we decode
  compare "$1" "images/s, torchvision" "loader $peers/$place/jpegs/$2 $seconds $3 $4" "loader.py /$place/jpegs/$2 $seconds $3"
}

images "500 px, jitter always" 500 1 windowed
images "500 px, jitter 0.3" 500 0.3 windowed
images "2000 px, jitter always" 2000 1 windowed
images "2000 px, jitter always, reduced" 2000 1 reduced
for rate in 16000 32000; do
  compare "log-mel at $rate Hz" "times real time, torchaudio" "audio $rate 6" "fbank.py $rate 6"
done
ours corruption "$seconds"
