#!/usr/bin/env bash
# Losses of a spec in fp32 and in bf16, over the same seeds: does bf16 lead elsewhere than another seed would?
# usage: benchmarks/precision-curves.sh SPEC [steps] [seed …]      default 300 steps, seeds 0 1 2
# Prints the mean loss of each run's last fifth of steps; then, of those means, the mean and the standard deviation between seeds of each precision, and the mean difference of bf16 to fp32 at the same seed.
set -euo pipefail
cd "$(dirname "$0")/.."
spec=$1 steps=${2:-300}
seeds=("${@:3}")
[ ${#seeds[@]} -gt 0 ] || seeds=(0 1 2)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
worker=${WORKER_DLL:-}
if [ -z "$worker" ]; then
  dotnet build src/Worker -c Release -nodeReuse:false -v quiet </dev/null >"$out/build.log" || { cat "$out/build.log"; exit 1; }
  worker=src/Worker/bin/Release/net10.0/Orchestrator.Worker.dll
fi
# The spec without its probes: they only cost time here.
for precision in fp32 bf16; do
  { sed '/^probes:/,$d; /^precision:/d' "$spec"; echo "precision: $precision"; } >"$out/$precision.yaml"
done
for seed in "${seeds[@]}"; do
  for precision in fp32 bf16; do
    dotnet "$worker" train "$out/$precision.yaml" --data-root "$(dirname "$spec")" --out "$out/$precision-$seed" --steps "$steps" --seed "$seed" >"$out/run.log" 2>&1 </dev/null || { cat "$out/run.log"; exit 1; }
    grep -hoE '"name":"loss","value":[-+.0-9eE]+' "$out/$precision-$seed"/*.jsonl | sed 's/.*://' | tail -n $((steps / 5)) |
      awk -v what="$precision $seed" '{ sum += $1 } END { printf "%s %.6f\n", what, sum / NR }' | tee -a "$out/means"
  done
done
awk -v spec="$(basename "$spec")" -v steps="$steps" '
  { count[$1]++; sum[$1] += $3; squares[$1] += $3 * $3; loss[$1 " " $2] = $3; seeds[$2] = 1 }
  END {
    for (seed in seeds) { off += loss["bf16 " seed] - loss["fp32 " seed]; n++ }
    for (p in count) { mean[p] = sum[p] / count[p]; dev[p] = count[p] > 1 ? sqrt((squares[p] - count[p] * mean[p] * mean[p]) / (count[p] - 1)) : 0 }
    printf "%s, %d steps: fp32 %.5f ± %.5f, bf16 %.5f ± %.5f, difference %.5f\n", spec, steps, mean["fp32"], dev["fp32"], mean["bf16"], dev["bf16"], off / n
  }' "$out/means"
