#!/usr/bin/env bash
# What a sample's encoder reaches, on three seeds: pixels, random init and pretrained for each probe.
# usage: benchmarks/sample-figures.sh samples/mim-clustering-fashion.yaml [seed …]
set -euo pipefail
cd "$(dirname "$0")/.."
spec=${1:?a run spec}
shift
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
dotnet build src/Cli -nodeReuse:false -v quiet </dev/null

# The figure of a probe: probe, then which of pixels, random and pretrained.
figure() { tr -d ' \n' <"$out/run.json" | grep -oE "\"$1\":\{[^}]*\}" | head -n 1 | grep -oE "\"$2\":[0-9.eE-]+" | sed 's/.*://'; }

for seed in "${@:-0 1 2}"; do
  for s in $seed; do
    (cd "$out" && dotnet run --no-build --project "$OLDPWD/src/Cli" -- demo --json --spec "$OLDPWD/$spec" --seed "$s" </dev/null >"$out/run.json" 2>"$out/run.log") \
      || { echo "seed $s failed:"; tail -n 20 "$out/run.log"; exit 1; }
    printf 'seed %s, %.0f s:' "$s" "$(tr -d ' \n' <"$out/run.json" | grep -oE '"seconds":[0-9.]+' | tail -n 1 | sed 's/.*://')"
    for probe in knn linear labels1 labels5; do
      printf '  %s %.3f %.3f %.3f' "$probe" "$(figure $probe pixels)" "$(figure $probe random)" "$(figure $probe pretrained)"
    done
    printf '   (pixels, random init, pretrained)\n'
  done
done
