#!/bin/sh
# ./deploy.sh 2.3.0 replaces the shop's container on this host, behind the nginx that uses proxy.conf.
set -eu
cd "$(dirname "$0")"
version=${1:?usage: deploy.sh VERSION}
image=${IMAGE:-shop}:$version
# APP is the network, the label and the prefix of container names. PROXY is the nginx container.
app=${APP:-shop}
proxy=${PROXY:-proxy}
name=$app-$version

# Strict: if the upgrade fails, the script ends here and the old container keeps serving.
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
      echo "$name is $health: removed it, the old container keeps serving" >&2
      exit 1
      ;;
  esac
done

# From now on, new requests go to the new container. nginx finishes running requests on the old one.
sed "s/@SHOP@/$name/" proxy.conf | docker exec --interactive "$proxy" sh -c 'cat >/etc/nginx/conf.d/default.conf'
docker exec "$proxy" nginx -s reload
for container in $old; do
  docker stop --time 60 "$container" >/dev/null
  docker rm "$container" >/dev/null
done
echo "$name serves"
