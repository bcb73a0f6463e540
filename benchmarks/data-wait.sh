#!/usr/bin/env bash
# How much of a run's step time is waiting for views: the phase `data` of its rows, over the steps' seconds.
# usage: benchmarks/data-wait.sh [SPEC] [options of `train`]      e.g. benchmarks/data-wait.sh samples/mim-clustering-fashion.yaml --steps 300
#        benchmarks/data-wait.sh ROWS.jsonl                       the rows of a run that has ended: DIR/losses.jsonl of train --out DIR
# A spec is trained three times on each count of threads, in turn: as a worker does by itself, one shard thread beside one data thread, and one that
# makes its own views, which tells what they cost.
# The first ten steps (compilation, and views of which none is ready yet) are left out. Prints a line a run and the median of three.
set -euo pipefail
cd "$(dirname "$0")/.."
skip=10

# Of a step in which shard threads wait at different times, `data` is the mean over the threads.
share() {
  awk -v skip="$skip" '
    function number(key) { return match($0, "\"" key "\":[0-9.eE+-]+") ? substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 3) + 0 : 0 }
    NR > skip { steps++; data += number("data"); seconds += number("seconds") }
    END {
      if (steps == 0) { print "no step after the first " skip > "/dev/stderr"; exit 1 }
      printf "%.2f %% of %.1f ms a step, %d steps\n", 100 * data / seconds, 1000 * seconds / steps, steps
    }' "$1"
}

if [[ ${1:-} == *.jsonl ]]; then
  share "$1"
  exit
fi

spec=${1:-samples/mim-clustering-fashion.yaml}
options=("${@:2}")
if [ ${#options[@]} = 0 ]; then options=(--steps 300); fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
dotnet build src/Worker -c Release -nodeReuse:false -v quiet </dev/null
cores=$(nproc)
cases=("--threads $cores --data-threads $(((cores + 1) / 2))" "--threads 1 --data-threads 1" "--threads 1 --data-threads 0")
for turn in 1 2 3; do
  for case in "${cases[@]}"; do
    # shellcheck disable=SC2086
    dotnet run --no-build -c Release --project src/Worker -- train "$spec" $case "${options[@]}" --out "$out/$turn$case" --json </dev/null >/dev/null 2>"$out/log" \
      || { tail -n 20 "$out/log"; exit 1; }
    line=$(share "$out/$turn$case/losses.jsonl")
    printf '%-30s waits %s\n' "$case" "$line"
    echo "${line%% *}" >>"$out/shares$case"
  done
done
for case in "${cases[@]}"; do
  printf '%-30s median %s %%\n' "$case" "$(sort -g "$out/shares$case" | sed -n 2p)"
done
