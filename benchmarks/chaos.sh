#!/usr/bin/env bash
# Seeded schedules of faults against runs on this machine, each compared bit by bit with the undisturbed run, and how long each recovery took.
# usage: benchmarks/chaos.sh 1..20 [--out DIR] [--for SECONDS] [demo's options …]
#   --out DIR      keeps a report a seed there (DIR/seed-0001.json) and goes on with those that have none: a long row of seeds is run in parts.
#                  Without it everything is run anew, and goes at the end. State and logs of a part that failed stay in DIR/state-….
#   --for SECONDS  begins no new part of ten schedules after so long
#   demo's options replace 3 workers, 3 kills, 1 pause and 1 kill of the coordinator a schedule; --spec FILE replaces tests/EndToEnd.Tests/Specs/chaos.yaml
# Prints each schedule and what they come to; ends with 1 where a bit differs or a run does not end, with 75 where seeds are left to run.
set -euo pipefail
cd "$(dirname "$0")/.."
seeds=${1:?seeds, as 1..20}
shift
out="" limit=0 options=()
while [ $# -gt 0 ]; do
  case $1 in
    --out) out=$2; shift 2 ;;
    --for) limit=$2; shift 2 ;;
    *) options+=("$1"); shift ;;
  esac
done
if [ -z "$out" ]; then
  out=$(mktemp -d)
  trap 'rm -rf "$out"' EXIT
fi
mkdir -p "$out"
out=$(realpath "$out")
first=${seeds%%..*} last=${seeds##*..}
root=$PWD
dotnet build src/Cli -c Release -nodeReuse:false -v quiet </dev/null
# What is not said by the options is the usual.
usual() { case " ${options[*]:-} " in *" $1 "*) ;; *) options+=("$1" "$2") ;; esac }
usual --workers 3; usual --kills 3; usual --pauses 1; usual --coordinator-kills 1
usual --spec "$root/tests/EndToEnd.Tests/Specs/chaos.yaml"; usual --data-root "$root/samples"
demo() { dotnet run --no-build -c Release --project "$root/src/Cli" -- demo --chaos "$1" --chaos-reports "$out" "${@:2}" "${options[@]}" </dev/null; }

status=0
for ((from = first; from <= last; from += 10)); do
  to=$((from + 9 < last ? from + 9 : last))
  missing=0
  for ((seed = from; seed <= to; seed++)); do [ -e "$out/$(printf 'seed-%04d.json' "$seed")" ] || missing=1; done
  if [ $missing = 0 ]; then continue; fi
  if [ "$limit" != 0 ] && [ $SECONDS -ge "$limit" ]; then
    echo "left to run: $from..$last"
    exit 75
  fi
  part=0
  (cd "$out" && demo "$from..$to" --state "$out/state-$from-$to") >>"$out/run-$from-$to.log" 2>&1 || part=$?
  if [ $part = 0 ]; then
    rm -rf "$out/state-$from-$to"
  else
    status=1
    echo "seeds $from..$to ended with $part:"
    tail -n 20 "$out/run-$from-$to.log"
  fi
done
# Nothing is left to run: the tables, and what all come to.
demo "$seeds" || status=1
exit "$status"
