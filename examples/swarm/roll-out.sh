#!/bin/sh
# Rolls an image out, and exits with 0 only if the image serves in the end: ./roll-out.sh shop:2.0.0
# You can add flags of `docker service update`.
set -eu
image=${1:?which image?}
shift
app=${STACK:-shop}_app

state() { docker service inspect --format '{{with .UpdateStatus}}{{.State}}{{end}}' "$app"; }
status() { docker service inspect --format '{{json .UpdateStatus}}' "$app"; }

before=$(status)
# `docker service update` waits for the end, but exits with 0 even if Swarm rolled back. It fails with "update out of
# sequence" if another client changed the service at the same time. Then try again, for up to a minute.
tries=60
until output=$(docker service update --quiet --image "$image" "$@" "$app" 2>&1); do
  tries=$((tries - 1))
  case $output in
    *"update out of sequence"*) [ "$tries" -gt 0 ] && sleep 1 && continue ;;
  esac
  printf '%s\n' "$output" >&2
  exit 1
done
printf '%s\n' "$output"
while [ "$(state)" = updating ] || [ "$(state)" = rollback_started ]; do sleep 1; done

# An unchanged status means that the image was already serving.
if [ "$(state)" != completed ] && [ "$(status)" != "$before" ]; then
  docker service ps --no-trunc "$app" >&2
  echo "$image was not rolled out: $(state)" >&2
  exit 1
fi
