#!/usr/bin/env bash
# A collapse on purpose, and what keeps it away: samples/clustering-fashion.yaml with each avoidCollapse, the same seed and data.
# usage: benchmarks/collapse.sh [steps] [picture.png]      the picture needs gnuplot (Debian: gnuplot-nox)
# Prints the entropy of the teacher's mean assignment (a share of ln K) by step.
set -euo pipefail
cd "$(dirname "$0")/.."
steps=${1:-400}
picture=${2:-}
ways=(none centering sinkhorn me-max)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
dotnet build src/Worker -c Release -nodeReuse:false -v quiet </dev/null
for way in "${ways[@]}"; do
  # Without its probes: only the rows are wanted.
  sed "s/avoidCollapse: .*/avoidCollapse: $way/; /^probes:/,\$d" samples/clustering-fashion.yaml >"$out/$way.yaml"
  dotnet run --no-build -c Release --project src/Worker -- train "$out/$way.yaml" --data-root samples --steps "$steps" --out "$out/$way" --json </dev/null >/dev/null 2>"$out/log" \
    || { tail -n 20 "$out/log"; exit 1; }
  grep -oE '^\{"step":[0-9]+|"name":"assignment-entropy","value":[0-9.eE-]+' "$out/$way/losses.jsonl" \
    | sed -E 's/.*:([0-9.eE-]+)$/\1/' | paste - - >"$out/$way.tsv"
done
printf 'step'
printf '\t%s' "${ways[@]}"
printf '\n'
for ((step = 0; step < steps; step += steps / 8)); do
  printf '%s' "$step"
  for way in "${ways[@]}"; do printf '\t%.3f' "$(awk -v s="$step" '$1 == s { print $2 }' "$out/$way.tsv")"; done
  printf '\n'
done
if [ -n "$picture" ]; then
  gnuplot <<PLOT
set terminal pngcairo size 900,420 font 'sans,11'
set output '$picture'
set xlabel 'step'
set ylabel 'entropy of the mean assignment / ln K'
set yrange [0:1.05]
set key outside right top
set grid
plot $(for way in "${ways[@]}"; do printf "'%s' using 1:2 with lines lw 2 title '%s', " "$out/$way.tsv" "$way"; done | sed 's/, $//')
PLOT
fi
