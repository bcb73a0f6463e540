#!/usr/bin/env bash
# Installs an overlay: k8s/install.sh overlays/cpu (or a folder of yours that has it among its resources). Secrets that it needs and the cluster lacks are made
# of random bytes; those that are there are never touched, so it may be run again.
set -euo pipefail
start=$PWD
cd "$(dirname "$0")"

overlay=${1:-}
if [ ! -f "$overlay/kustomization.yaml" ] && [ -f "$start/$overlay/kustomization.yaml" ]; then overlay=$start/$overlay; fi
if [ -z "$overlay" ] || [ ! -f "$overlay/kustomization.yaml" ]; then
  echo "k8s/install.sh: '$overlay' – must be a folder with a kustomization.yaml, such as overlays/cpu" >&2
  exit 2
fi

rendered=$(kubectl kustomize "$overlay")
kubectl apply -f base/namespace.yaml

there() { kubectl --namespace orchestrator get secret "$1" >/dev/null 2>&1; }
# NAME KEY VALUE; by standard input, where no list of processes shows it.
make() { printf '%s' "$3" | kubectl --namespace orchestrator create secret generic "$1" "--from-file=$2=/dev/stdin"; }
random() { od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n'; }
has() { grep -qE "$1" <<<"$rendered"; }

require() {
  there "$1" && return
  echo "k8s/install.sh: secret $1 is missing in namespace orchestrator: make it with key $2, $3" >&2
  exit 1
}

# The development overlay brings tokens that everybody knows.
for token in join-token api-token; do
  if ! grep -A2 '^kind: Secret$' <<<"$rendered" | grep -q "name: $token\$" && ! there "$token"; then make "$token" token "$(random)"; fi
done

if has 'secretName: postgres$' && ! there postgres && ! there journal; then
  password=$(random)
  make postgres password "$password"
  make journal connectionString "Host=postgres.orchestrator.svc;Database=orchestrator;Username=orchestrator;Password=$password"
else
  # A password that nobody knows any more is not guessed.
  if has 'secretName: postgres$'; then require postgres password "what the journal's connection string says"; fi
  if has 'name: journal$'; then require journal connectionString "Host=…;Database=…;Username=…;Password=…"; fi
fi

kubectl apply -k "$overlay"
