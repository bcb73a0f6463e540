#!/usr/bin/env bash
# Where a step's processor time goes, by kind of work: `perf record` over the shard threads of a method's steps.
# usage: benchmarks/profile.sh METHOD [arguments of the benchmark `profile`]        METHOD: gmml, asit, mim-clustering; over noise, by default with a ViT-S
#        benchmarks/profile.sh SPEC [STEPS]                                         a sample, as `train` computes it on two threads
# Needs perf (Debian: linux-perf). TOP=n: the n functions that take most, too. Shares are of the samples of shard threads and control thread, the start included: take enough steps.
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:?"usage: $0 METHOD|SPEC …"}
shift
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
export DOTNET_PerfMapEnabled=1 DOTNET_EnableWriteXorExecute=0
record() { perf record -q -F 499 -o "$out/perf.data" -- "$@"; }

if [ -f "$what" ]; then
  dotnet build src/Worker -c Release -nodeReuse:false -v quiet </dev/null >"$out/build.log" || { cat "$out/build.log"; exit 1; }
  record dotnet src/Worker/bin/Release/net10.0/Orchestrator.Worker.dll train "$what" --data-root samples --steps "${1:-200}" --threads 2 --data-threads 1 --out "$out/run" --json
else
  dotnet build benchmarks -c Release -nodeReuse:false -v quiet </dev/null >"$out/build.log" || { cat "$out/build.log"; exit 1; }
  record dotnet benchmarks/bin/Release/net10.0/Orchestrator.Benchmarks.dll profile --method "$what" "$@"
fi
perf report -i "$out/perf.data" --stdio --no-children --sort comm,dso,symbol -F overhead,comm,dso,symbol 2>/dev/null | grep -E '^ +[0-9.]+%' >"$out/functions"
sed -n "1,${TOP:-0}p" "$out/functions"
awk -f benchmarks/profile.awk "$out/functions"
