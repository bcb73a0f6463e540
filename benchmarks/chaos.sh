#!/usr/bin/env bash
# Seeded schedules of faults against a sample on this machine, each compared bit by bit with the undisturbed run, and how long each recovery took.
# usage: benchmarks/chaos.sh 1..20 [demo's options …]      such as --workers 3 --kills 4 --pauses 2 --coordinator-kills 1
set -euo pipefail
cd "$(dirname "$0")/.."
seeds=${1:?seeds, as 1..20}
shift
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
dotnet build src/Cli -c Release -nodeReuse:false -v quiet </dev/null
root=$PWD
cd "$out"
status=0
dotnet run --no-build -c Release --project "$root/src/Cli" -- demo --spec "$root/tests/EndToEnd.Tests/Specs/steady.yaml" --data-root "$root/samples" \
  --chaos "$seeds" "$@" </dev/null >run.log 2>&1 || status=$?
# The schedules' tables and what they come to.
sed -n '/^chaos seed/,$p' run.log
if [ "$status" != 0 ] && ! grep -q '^chaos seed' run.log; then tail -n 20 run.log; fi
exit "$status"
