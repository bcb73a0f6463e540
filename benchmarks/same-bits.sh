#!/usr/bin/env bash
# The promise, shown on a whole run: the three hashes of a spec on 2 (twice), 1, 3 and 4 workers, and with a worker killed half-way.
# usage: benchmarks/same-bits.sh [demo options]      e.g. benchmarks/same-bits.sh --steps 200
# Prints a line a run; ends with 1 unless all hashes are the same.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
dotnet build src/Cli -nodeReuse:false -v quiet </dev/null

value() { grep -oE "\"$2\": *(\"[^\"]*\"|[^,}]*)" "$1" | head -n 1 | sed -E 's/^[^:]*: *//; s/"//g'; }

steps=$(printf '%s\n' "$@" | grep -A1 -x -- '--steps' | tail -n 1 || true)
kill_at=$(( ${steps:-2500} / 2 ))
: >"$out/hashes"
for case in "--workers 2" "--workers 2" "--workers 1" "--workers 3" "--workers 4" "--workers 2 --kill-at $kill_at"; do
  # shellcheck disable=SC2086
  (cd "$out" && dotnet run --no-build --project "$OLDPWD/src/Cli" -- demo --json $case "$@" </dev/null >"$out/run.json" 2>"$out/run.log") \
    || { echo "$case failed:"; tail -n 20 "$out/run.log"; exit 1; }
  hashes="$(value "$out/run.json" lossesSha256) $(value "$out/run.json" weightsSha256) $(value "$out/run.json" stateSha256)"
  echo "$hashes" >>"$out/hashes"
  printf '%-28s losses %.12s weights %.12s state %.12s  %5.0f s  %5.0f images/s  recoveries %s, steps lost %s, checkpoints read %s, recovery %s s\n' "$case" $hashes \
    "$(value "$out/run.json" seconds)" "$(value "$out/run.json" samplesPerSecond)" "$(value "$out/run.json" recoveries)" "$(value "$out/run.json" stepsLost)" \
    "$(value "$out/run.json" checkpointsRead)" "$(value "$out/run.json" recoverySeconds)"
done
if [ "$(sort -u "$out/hashes" | wc -l)" = 1 ]; then
  echo "all the same: $(head -n 1 "$out/hashes")"
else
  echo "the hashes differ"
  exit 1
fi
