#!/bin/sh
# Rolls the image out, and ends with 0 only if it serves in the end: ./roll-out.sh shop:2.0.0
# More flags of `docker service update` may follow.
set -eu
image=${1:?which image?}
shift
app=${STACK:-shop}_app

state() { docker service inspect --format '{{with .UpdateStatus}}{{.State}}{{end}}' "$app"; }
status() { docker service inspect --format '{{json .UpdateStatus}}' "$app"; }

before=$(status)
# It waits for the end, but where Swarm rolls back it ends with 0 too. Where the service was changed by somebody else in the
# moment since it was read, nothing is begun: then once more, and after a minute no more.
tries=60
until said=$(docker service update --quiet --image "$image" "$@" "$app" 2>&1); do
  tries=$((tries - 1))
  case $said in
    *"update out of sequence"*) [ "$tries" -gt 0 ] && sleep 1 && continue ;;
  esac
  printf '%s\n' "$said" >&2
  exit 1
done
printf '%s\n' "$said"
while [ "$(state)" = updating ] || [ "$(state)" = rollback_started ]; do sleep 1; done

# The same as before: it served already.
if [ "$(state)" != completed ] && [ "$(status)" != "$before" ]; then
  docker service ps --no-trunc "$app" >&2
  echo "$image was not rolled out: $(state)" >&2
  exit 1
fi
