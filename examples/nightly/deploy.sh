#!/bin/sh
# Makes everything that the example needs out of function.zip, with the AWS CLI.
set -eu

endpoint=${AWS_ENDPOINT_URL:-http://127.0.0.1:4566}
account=000000000000
region=${AWS_DEFAULT_REGION:-us-east-1}
role=arn:aws:iam::$account:role/nightly
# Older AWS CLIs do not know AWS_ENDPOINT_URL.
aws() { command aws --endpoint-url "$endpoint" --output text "$@"; }

# Where the user sees what came of it, by way of a bus of its own.
aws sqs create-queue --queue-name reports
aws events create-event-bus --name nights
aws events put-rule --event-bus-name nights --name reports --event-pattern '{"source":["nightly"]}'
aws events put-targets --event-bus-name nights --rule reports \
  --targets "Id=queue,Arn=arn:aws:sqs:$region:$account:reports"

aws lambda create-function --function-name nightly --runtime nodejs24.x --handler index.handler --role $role \
  --environment 'Variables={EVENT_BUS=nights}' --zip-file fileb://function.zip --query FunctionArn
aws lambda wait function-active-v2 --function-name nightly

# What a night's run does not get done in an hour comes to nothing; then it is found in this queue.
aws sqs create-queue --queue-name nightly-dead
cat > target.json <<JSON
{
  "Arn": "arn:aws:lambda:$region:$account:function:nightly",
  "RoleArn": "$role",
  "Input": "{\"scheduledTime\":\"<aws.scheduler.scheduled-time>\",\"execution\":\"<aws.scheduler.execution-id>\",\"attempt\":<aws.scheduler.attempt-number>}",
  "RetryPolicy": { "MaximumEventAgeInSeconds": 3600 },
  "DeadLetterConfig": { "Arn": "arn:aws:sqs:$region:$account:nightly-dead" }
}
JSON
aws scheduler create-schedule --name nightly --schedule-expression 'cron(0 2 * * ? *)' \
  --schedule-expression-timezone "${TIME_ZONE:-Europe/Berlin}" \
  --flexible-time-window Mode=FLEXIBLE,MaximumWindowInMinutes=15 --target file://target.json
