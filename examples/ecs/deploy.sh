#!/bin/sh
# ./deploy.sh IMAGE runs the upgrade as a task, and updates the service only if the upgrade exits with 0.
# Needs the AWS CLI, jq, and these variables: CLUSTER, SERVICE, SUBNETS and SECURITY_GROUPS (the last two comma-separated).
set -eu
cd "$(dirname "$0")"
image=${1:?usage: deploy.sh IMAGE}
: "${CLUSTER:?}" "${SERVICE:?}" "${SUBNETS:?}" "${SECURITY_GROUPS:?}"
poll=${POLL_SECONDS:-5}
# Above the longest migration.
timeout=${TIMEOUT_SECONDS:-3600}

# Prints the ARN of a task definition that runs this image.
register() {
  definition=$(jq --arg image "$image" '.containerDefinitions[0].image = $image' "$1")
  aws ecs register-task-definition --cli-input-json "$definition" --query taskDefinition.taskDefinitionArn --output text
}

task_definition=$(register upgrade.json)
started=$(aws ecs run-task --cluster "$CLUSTER" --task-definition "$task_definition" --launch-type FARGATE \
  --network-configuration "awsvpcConfiguration={subnets=[$SUBNETS],securityGroups=[$SECURITY_GROUPS]}" --output json)
task=$(printf '%s' "$started" | jq -r '.tasks[0].taskArn // empty')
if [ -z "$task" ]; then
  printf 'the upgrade was not started: %s\n' "$(printf '%s' "$started" | jq -c .failures)" >&2
  exit 1
fi
echo "upgrading: $task"

# Not `aws ecs wait tasks-stopped`: it gives up after 10 minutes.
end=$(($(date +%s) + timeout))
while :; do
  described=$(aws ecs describe-tasks --cluster "$CLUSTER" --tasks "$task" --output json)
  [ "$(printf '%s' "$described" | jq -r '.tasks[0].lastStatus')" = STOPPED ] && break
  if [ "$(date +%s)" -ge "$end" ]; then
    echo "the upgrade has not ended after $timeout s: the service was not updated, and $task continues" >&2
    exit 75
  fi
  sleep "$poll"
done
# A container that never ran has no exit code. Treat that as a failure.
code=$(printf '%s' "$described" | jq -r '.tasks[0].containers[0].exitCode // "none"')
if [ "$code" != 0 ]; then
  reason=$(printf '%s' "$described" | jq -r '.tasks[0].stoppedReason // "no reason given"')
  echo "the upgrade failed (exit code $code, $reason): the service was not updated" >&2
  exit 1
fi

task_definition=$(register service.json)
aws ecs update-service --cluster "$CLUSTER" --service "$SERVICE" --task-definition "$task_definition" \
  --deployment-configuration 'deploymentCircuitBreaker={enable=true,rollback=true},minimumHealthyPercent=100,maximumPercent=200' \
  --query service.serviceArn --output text

# Not `aws ecs wait services-stable`: a service that was rolled back is stable too.
while :; do
  state=$(aws ecs describe-services --cluster "$CLUSTER" --services "$SERVICE" --output json |
    jq -r --arg arn "$task_definition" '[.services[0].deployments[] | select(.taskDefinition == $arn)][0].rolloutState // "GONE"')
  case $state in
    COMPLETED) break ;;
    FAILED | GONE)
      echo "the service was rolled back: $task_definition never became healthy" >&2
      exit 1
      ;;
  esac
  sleep "$poll"
done
echo "deployed: $task_definition"
