#!/bin/sh
# ./deploy.sh 2.3.0 replaces the container of the shop on this host, behind the nginx of proxy.conf.
set -eu
cd "$(dirname "$0")"
version=${1:?usage: deploy.sh VERSION}
image=${IMAGE:-shop}:$version
# The network, the label and the beginning of the containers' names; and the container of nginx.
app=${APP:-shop}
proxy=${PROXY:-proxy}
name=$app-$version

# Strict: what fails here ends the script, and the old container serves on.
docker run --rm --network "$app" --env-file shop.env --env-file upgrade.env "$image" --upgrade

old=$(docker ps --quiet --filter label=app="$app")
docker run --detach --name "$name" --label app="$app" --network "$app" --env-file shop.env --restart unless-stopped \
  --health-interval 5s --health-timeout 3s --health-retries 3 --health-start-period 30m "$image" >/dev/null

while :; do
  health=$(docker inspect --format '{{.State.Status}} {{.State.Health.Status}}' "$name")
  case $health in
    "running healthy") break ;;
    "running starting") sleep 1 ;;
    *)
      docker logs --tail 50 "$name" >&2
      docker rm --force "$name" >/dev/null
      echo "$name is $health: it was taken away again" >&2
      exit 1
      ;;
  esac
done

# From now on requests go to the new container; nginx ends what it has begun with the old one.
sed "s/@SHOP@/$name/" proxy.conf | docker exec --interactive "$proxy" sh -c 'cat >/etc/nginx/conf.d/default.conf'
docker exec "$proxy" nginx -s reload
for container in $old; do
  docker stop --time 30 "$container" >/dev/null
  docker rm "$container" >/dev/null
done
echo "$name serves"
