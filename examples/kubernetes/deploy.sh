#!/bin/sh
# The strict variant: ./deploy.sh 2.3.0 runs the upgrade, and rolls out only if it has completed.
# Exits with 75 if the upgrade has not ended after TIMEOUT_SECONDS. Its Job then continues, and the next call waits for it.
set -eu
cd "$(dirname "$0")"
version=${1:?usage: deploy.sh VERSION}
job=shop-upgrade-$(printf %s "$version" | tr . -)
# Above activeDeadlineSeconds in upgrade-job.yaml, so that normally the Job itself ends first.
timeout=${TIMEOUT_SECONDS:-3900}

manifest() { sed "s/shop:2\.3\.0/shop:$version/; s/shop-upgrade-2-3-0/$job/" "$1"; }
conditions() {
  kubectl get job "$job" "$@" -o jsonpath='{range .status.conditions[?(@.status=="True")]}{.type}{"\n"}{end}'
}

kubectl apply -f configmap.yaml -f service.yaml -f pdb.yaml
found=$(kubectl get job "$job" --ignore-not-found -o name)
case "$found $(conditions --ignore-not-found)" in
  # Kubernetes does not run a finished Job again, so delete the Job of an earlier attempt.
  *Complete* | *Failed*)
    kubectl delete job "$job" --ignore-not-found --wait
    manifest upgrade-job.yaml | kubectl apply -f -
    ;;
  # Deleting a running Job would interrupt its migration.
  *job*) echo "$job is already running: waiting for it" ;;
  *) manifest upgrade-job.yaml | kubectl apply -f - ;;
esac

# Not `kubectl wait`: it waits for a single condition, and a failed Job never completes.
end=$(($(date +%s) + timeout))
while :; do
  case $(conditions) in
    *Complete*) break ;;
    *Failed*)
      # Without a Pod there is no log, but the events say why: no such image, a quota, PodSecurity.
      kubectl logs --tail=50 "job/$job" >&2 || kubectl describe job "$job" >&2 || true
      echo "the upgrade to $version failed: nothing was rolled out" >&2
      exit 1
      ;;
  esac
  if [ "$(date +%s)" -ge "$end" ]; then
    kubectl describe job "$job" >&2 || true
    echo "the upgrade to $version has not ended after $timeout s: nothing was rolled out" >&2
    exit 75
  fi
  sleep "${POLL_SECONDS:-2}"
done
# It says which contract migrations were left for later, because older instances still run.
kubectl logs --tail=50 "job/$job" || true

manifest deployment.yaml | kubectl apply -f -
kubectl rollout status deployment/shop --timeout=1h
