#!/bin/sh
# Prints orchestrator.rules.yaml as an object of the Prometheus operator. kustomize puts no file into an object of another kind, so the
# result is kept as prometheus-rule.yaml; a test holds the two together.
set -eu
cd "$(dirname "$0")"
cat <<'HEAD'
# Made by prometheus-rule.sh from orchestrator.rules.yaml.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: orchestrator
  labels:
    app.kubernetes.io/name: orchestrator
spec:
HEAD
sed -e '/^#/d' -e 's/^\(.\)/  \1/' orchestrator.rules.yaml
