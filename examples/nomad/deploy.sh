#!/bin/sh
# The strict variant: ./deploy.sh 2.3.0 runs the upgrade, and rolls out only if it has completed. Needs jq.
set -eu
cd "$(dirname "$0")"
version=${1:?usage: deploy.sh VERSION}

nomad job run -var "version=$version" upgrade.nomad.hcl
# `nomad job run` waits only until a batch job is placed, not until it ends.
while :; do
  status=$(nomad job allocs -json shop-upgrade | jq -r 'sort_by(.CreateIndex) | last | .ClientStatus // "pending"')
  case $status in
    complete) break ;;
    failed | lost)
      nomad alloc logs -stderr -job shop-upgrade >&2 || true
      echo "the upgrade to $version is $status: nothing was rolled out" >&2
      exit 1
      ;;
  esac
  sleep "${POLL_SECONDS:-2}"
done

# Waits for the deployment, and fails if the deployment fails.
nomad job run -var "version=$version" shop.nomad.hcl
