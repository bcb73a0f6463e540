#!/usr/bin/env bash
# What judging a run while it trains costs its steps: the same run with and without evaluations on the way, in turn, on two workers of one thread each.
# One trains (workers.max 1), the other one judges every checkpoint. Both write the same checkpoints.
# usage: benchmarks/probe-delay.sh [rounds] [steps]      default 3 and 600
# Times are those of the clock: let nothing else run. Two cores at least; what is left of a difference is shared memory and caches.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-3}
steps=${2:-600}
skip=20 # compilation
out=$(mktemp -d)
bin=Release/net10.0
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$out"' EXIT
export ORCHESTRATOR_JoinToken=no-secret-of-a-benchmark ORCHESTRATOR_Storage=$out/storage

for project in Coordinator Worker Cli; do
  dotnet build "src/$project" -c Release -nodeReuse:false -v quiet </dev/null >"$out/build.log" || { cat "$out/build.log"; exit 1; }
done

spec() { # NAME: the sample without its own probes, for one worker
  sed -e '/^probes:/,$d' -e '/^workers:/d' -e '/^budget:/d' -e '/^checkpoint:/d' -e "s/^name: .*/name: $1/" samples/mim-clustering-fashion.yaml
  printf 'workers: { min: 1, max: 1, device: cpu }\nbudget: { steps: %s }\ncheckpoint: { everySteps: 100, keep: 2 }\nprobes: []\n' "$steps"
}
spec undisturbed >"$out/undisturbed.yaml"
{ spec judged; printf 'evaluations:\n  - { everySteps: 100, evaluation: { protocols: [knn, linear, low-shot] } }\n'; } >"$out/judged.yaml"

dotnet "src/Coordinator/bin/$bin/Orchestrator.Coordinator.dll" --State "$out/coordinator" --Http:Url http://127.0.0.1:0 --Akka:Port 0 >"$out/coordinator.log" 2>&1 &
for _ in $(seq 300); do
  ready=$(grep '^coordinator ready' "$out/coordinator.log" || true)
  if [ -n "$ready" ]; then break; fi
  sleep 0.1
done
if [ -z "$ready" ]; then echo "no coordinator within 30 s" >&2; tail -n 20 "$out/coordinator.log" >&2; exit 1; fi
server=$(sed 's/.* http=\([^ ]*\).*/\1/' <<<"$ready")
export ORCHESTRATOR_SERVER=$server
for worker in 1 2; do
  dotnet "src/Worker/bin/$bin/Orchestrator.Worker.dll" --Name "worker-$worker" --Coordinators "$(sed 's/.*@\([^ ]*\).*/\1/' <<<"$ready")" --ShardThreads 1 --DataThreads 0 --DataRoot samples \
    --State "$out/worker-$worker" >"$out/worker-$worker.log" 2>&1 &
done

cli() { dotnet "src/Cli/bin/$bin/Orchestrator.Cli.dll" "$@" </dev/null; }
seconds() { # NAME: a line of the steps after the first ones, and how often the run was judged
  cli submit "$out/$1.yaml" --wait >"$out/$1.log" 2>&1 || { tail -n 20 "$out/$1.log" >&2; exit 1; }
  # The last checkpoint may still be judged.
  for _ in $(seq 600); do
    if [ "$(curl -sf "$server/api/v1/workers" | grep -o '"state":"idle"' | wc -l)" = 2 ]; then break; fi
    sleep 0.5
  done
  local run evaluated
  run=$(curl -sf "$server/api/v1/runs?limit=1" | sed 's/.*"id":"\([^"]*\)".*/\1/')
  curl -sf "$server/api/v1/runs/$run/metrics" | grep -o '"seconds":[0-9.eE+-]*' | sed 's/.*://' | tail -n "+$((skip + 1))" | sort -g >"$out/seconds"
  evaluated=$(curl -sf "$server/api/v1/runs/$run/evaluations" | grep -o '"phase":"done"' | wc -l)
  awk -v name="$1" -v evaluated="$evaluated" '
    { value[NR] = $1; sum += $1 }
    END {
      if (NR == 0) { print "no step was measured" > "/dev/stderr"; exit 1 }
      printf "%-12s a step: median %.2f ms, mean %.2f ms, 90th percentile %.2f ms (%d steps, judged %d times)\n", name, 1000 * value[int((NR + 1) / 2)], 1000 * sum / NR, 1000 * value[int(0.9 * NR + 0.5)], NR, evaluated
    }' "$out/seconds"
}

grep -m 1 'model name' /proc/cpuinfo | sed 's/.*: //'
printf '%s cores\n' "$(nproc)"
for _ in $(seq "$rounds"); do
  for name in undisturbed judged; do
    line=$(seconds "$name")
    echo "$line"
    sed 's/.*median \([0-9.]*\).*/\1/' <<<"$line" >>"$out/medians-$name"
  done
done
middle() { sort -g "$out/medians-$1" | sed -n "$(((rounds + 1) / 2))p"; }
awk -v a="$(middle undisturbed)" -v b="$(middle judged)" 'BEGIN { printf "judged / undisturbed: %.3f (medians of the rounds)\n", b / a }'
