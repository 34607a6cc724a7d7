#!/bin/sh
# Rolls the image out, and ends with 0 only if it serves in the end: ./roll-out.sh shop:2.0.0
# More flags of `docker service update` may follow.
set -eu
image=${1:?which image?}
shift
app=${STACK:-shop}_app

# It waits, but ends with 0 also where Swarm has rolled back.
docker service update --quiet --image "$image" "$@" "$app"

state() { docker service inspect --format '{{.UpdateStatus.State}}' "$app"; }
while [ "$(state)" = updating ] || [ "$(state)" = rollback_started ]; do sleep 1; done
if [ "$(state)" != completed ]; then
  docker service ps --no-trunc "$app" >&2
  echo "$image was not rolled out: $(state)" >&2
  exit 1
fi
