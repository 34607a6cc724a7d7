#!/bin/sh
# Runs `IMAGE --upgrade` once as a swarm job, and exits with its exit code: ./upgrade.sh shop:2.0.0
set -eu
image=${1:?which image?}
stack=${STACK:-shop}
job=${stack}_upgrade

task() { docker service ps --quiet "$job" | head -n 1; }
ended() {
  case $(task | xargs -r docker inspect --format '{{.Status.State}}') in
    complete | failed | rejected | shutdown | orphaned) true ;;
    *) false ;;
  esac
}

if docker service inspect "$job" >/dev/null 2>&1; then
  if ! ended; then
    echo "an upgrade is already running: docker service logs --follow $job" >&2
    exit 75
  fi
  docker service rm "$job" >/dev/null
fi

# No automatic restart. You decide, from the exit code, whether to try again.
docker service create --quiet --detach --name "$job" --mode replicated-job --restart-condition none \
  --network "${stack}_default" --stop-grace-period 30s \
  --secret "source=${stack}_database_password,target=database_password" \
  --env DATABASE_PASSWORD_FILE=/run/secrets/database_password \
  "$image" --upgrade >/dev/null

# Above the longest migration. Without a limit, a job that no node can run would be waited for without end.
timeout=${TIMEOUT_SECONDS:-3600}
end=$(($(date +%s) + timeout))
until ended; do
  if [ "$(date +%s)" -ge "$end" ]; then
    docker service ps --no-trunc "$job" >&2
    echo "the upgrade has not ended after $timeout s" >&2
    exit 75
  fi
  sleep 1
done
docker service logs --raw "$job"
exit "$(docker inspect --format '{{with .Status.ContainerStatus}}{{.ExitCode}}{{else}}1{{end}}' "$(task)")"
