#!/bin/sh
# The strict variant: ./deploy.sh 2.3.0 runs the upgrade, and rolls out only if it has completed. Needs jq.
set -eu
cd "$(dirname "$0")"
version=${1:?usage: deploy.sh VERSION}
# Above the longest migration. Without a limit, an upgrade that cannot be placed would be waited for without end.
timeout=${TIMEOUT_SECONDS:-3600}

status() { nomad job allocs -json shop-upgrade | jq -r 'sort_by(.CreateIndex) | last | .ClientStatus // "pending"'; }

# Running the job again would stop a running upgrade.
if running=$(status 2>/dev/null) && [ "$running" = running ]; then
  echo "an upgrade is already running: nomad alloc logs -f -stderr -job shop-upgrade" >&2
  exit 75
fi

nomad job run -var "version=$version" upgrade.nomad.hcl
# `nomad job run` waits only until a batch job is placed, not until it ends.
end=$(($(date +%s) + timeout))
while :; do
  status=$(status)
  case $status in
    complete) break ;;
    failed | lost)
      nomad alloc logs -stderr -job shop-upgrade >&2 || true
      echo "the upgrade to $version is $status: nothing was rolled out" >&2
      exit 1
      ;;
  esac
  if [ "$(date +%s)" -ge "$end" ]; then
    nomad job status shop-upgrade >&2 || true
    echo "the upgrade to $version is $status after $timeout s: nothing was rolled out" >&2
    exit 75
  fi
  sleep "${POLL_SECONDS:-2}"
done
# It says which contract migrations were left for later, because older instances still run.
nomad alloc logs -stderr -job shop-upgrade || true

# Waits for the deployment, and fails if the deployment fails.
nomad job run -var "version=$version" shop.nomad.hcl
