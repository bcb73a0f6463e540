#!/usr/bin/env bash
# Whether a run's encoders are the same function in PyTorch: a short run of each spec, then its stored example beside what PyTorch makes of it.
# usage: benchmarks/encoder-in-pytorch.sh [steps] [spec …]      as root: PyTorch lives in a Debian chroot
# PEER_ROOT: where that chroot is, or is made by debootstrap (about 1.5 GB); with timm in it, timm is asked too. Ends with 1 where features differ.
set -euo pipefail
cd "$(dirname "$0")/.."
steps=${1:-20}
specs=("${@:2}")
if [ ${#specs[@]} = 0 ]; then specs=(samples/mim-clustering-fashion.yaml samples/asit-voice.yaml samples/gmml-fashion.yaml samples/mim-fashion.yaml); fi
. benchmarks/peers/debian.sh
place=root/encoder-in-pytorch # in the chroot
out=$(mktemp -d)
trap 'rm -rf "$out" "${peers:?}/$place"' EXIT

need_peer python3-torch python3-safetensors python3-numpy

dotnet build src/Cli -nodeReuse:false -v quiet </dev/null
different=0
for spec in "${specs[@]}"; do
  name=$(basename "$spec" .yaml)
  mkdir -p "$out/$name" "$peers/$place/$name"
  # Without its probes: only the encoder is wanted.
  sed '/^probes:/,$d' "$spec" >"$out/$name/spec.yaml"
  data=$(realpath "$(dirname "$spec")")
  (cd "$out/$name" && dotnet run --no-build --project "$OLDPWD/src/Cli" -- demo --json --spec spec.yaml --data-root "$data" --steps "$steps" </dev/null >run.json 2>run.log) \
    || { echo "$name failed:"; tail -n 20 "$out/$name/run.log"; exit 1; }
  cp "$out/$name"/orchestrator-demo/*/*.safetensors benchmarks/peers/encoder.py "$peers/$place/$name"
  printf '%s: ' "$name"
  chroot "$peers" env OMP_NUM_THREADS=2 python3 "/$place/$name/encoder.py" "/$place/$name" 2>"$out/peer.log" | grep '^{' \
    || { echo "differs, or could not be asked"; tail -n 5 "$out/peer.log"; different=1; }
done
exit "$different"
