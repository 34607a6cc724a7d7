#!/bin/sh
# The strict variant: ./deploy.sh 2.3.0 runs the upgrade, and rolls out only if it has completed.
set -eu
cd "$(dirname "$0")"
version=${1:?usage: deploy.sh VERSION}
job=shop-upgrade-$(printf %s "$version" | tr . -)

manifest() { sed "s/shop:2\.3\.0/shop:$version/; s/shop-upgrade-2-3-0/$job/" "$1"; }

kubectl apply -f configmap.yaml -f service.yaml
# Kubernetes does not run a finished Job again, so delete the Job of an earlier attempt.
kubectl delete job "$job" --ignore-not-found --wait
manifest upgrade-job.yaml | kubectl apply -f -

# Not `kubectl wait`: it waits for a single condition, and a failed Job never completes.
while :; do
  conditions=$(kubectl get job "$job" -o jsonpath='{range .status.conditions[?(@.status=="True")]}{.type}{"\n"}{end}')
  case $conditions in
    *Complete*) break ;;
    *Failed*)
      kubectl logs --tail=50 "job/$job" >&2
      echo "the upgrade to $version failed: nothing was rolled out" >&2
      exit 1
      ;;
  esac
  sleep "${POLL_SECONDS:-2}"
done

manifest deployment.yaml | kubectl apply -f -
kubectl rollout status deployment/shop --timeout=1h
