"""Every operation of Kinesis by boto3, which parses answers by its own copy of the service model. Prints a line for each."""

import json
import sys

import boto3
from botocore.config import Config

client = boto3.client(
    "kinesis",
    endpoint_url=sys.argv[1],
    region_name="us-east-1",
    aws_access_key_id="test",
    aws_secret_access_key="test",
    config=Config(retries={"total_max_attempts": 1}),
)
NAME = "by-boto3"
FIRST = "shardId-000000000000"


def call(operation, **arguments):
    if not hasattr(client, operation):
        print(json.dumps({"operation": operation, "skipped": "this boto3 does not know it"}))
        return {}
    answer = getattr(client, operation)(**arguments)
    print(json.dumps({"operation": operation, "ok": answer["ResponseMetadata"]["HTTPStatusCode"] == 200}))
    return answer


def settled():
    client.get_waiter("stream_exists").wait(StreamName=NAME, WaiterConfig={"Delay": 1, "MaxAttempts": 20})


call("create_stream", StreamName=NAME, ShardCount=1)
settled()
summary = call("describe_stream_summary", StreamName=NAME)["StreamDescriptionSummary"]
arn = summary["StreamARN"]
assert call("describe_stream", StreamARN=arn)["StreamDescription"]["Shards"][0]["ShardId"] == FIRST
assert NAME in call("list_streams")["StreamNames"]
assert len(call("list_shards", StreamName=NAME)["Shards"]) == 1
call("describe_limits")
put = call("put_record", StreamName=NAME, PartitionKey="k", Data=b"\x00\xff")
batch = call("put_records", StreamName=NAME, Records=[{"PartitionKey": "k", "Data": b"x"}] * 2)
assert batch["FailedRecordCount"] == 0
iterator = call("get_shard_iterator", StreamName=NAME, ShardId=FIRST, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
records = call("get_records", ShardIterator=iterator)["Records"]
assert [record["Data"] for record in records] == [b"\x00\xff", b"x", b"x"], records
assert records[0]["SequenceNumber"] == put["SequenceNumber"]
consumer = call("register_stream_consumer", StreamARN=arn, ConsumerName="c")["Consumer"]["ConsumerARN"]
while call("describe_stream_consumer", ConsumerARN=consumer)["ConsumerDescription"]["ConsumerStatus"] != "ACTIVE":
    pass
assert len(call("list_stream_consumers", StreamARN=arn)["Consumers"]) == 1
stream = call("subscribe_to_shard", ConsumerARN=consumer, ShardId=FIRST, StartingPosition={"Type": "TRIM_HORIZON"})["EventStream"]
for event in stream:
    assert len(event["SubscribeToShardEvent"]["Records"]) == 3, event
    break
stream.close()
call("deregister_stream_consumer", ConsumerARN=consumer)
call("add_tags_to_stream", StreamName=NAME, Tags={"a": "b"})
assert call("list_tags_for_stream", StreamName=NAME)["Tags"] == [{"Key": "a", "Value": "b"}]
call("remove_tags_from_stream", StreamName=NAME, TagKeys=["a"])
call("tag_resource", ResourceARN=arn, Tags={"c": "d"})
assert call("list_tags_for_resource", ResourceARN=arn)["Tags"] == [{"Key": "c", "Value": "d"}]
call("untag_resource", ResourceARN=arn, TagKeys=["c"])
call("put_resource_policy", ResourceARN=arn, Policy="{}")
assert call("get_resource_policy", ResourceARN=arn)["Policy"] == "{}"
call("delete_resource_policy", ResourceARN=arn)
call("enable_enhanced_monitoring", StreamName=NAME, ShardLevelMetrics=["ALL"])
call("disable_enhanced_monitoring", StreamName=NAME, ShardLevelMetrics=["ALL"])
call("increase_stream_retention_period", StreamName=NAME, RetentionPeriodHours=48)
settled()
call("decrease_stream_retention_period", StreamName=NAME, RetentionPeriodHours=24)
settled()
call("start_stream_encryption", StreamName=NAME, EncryptionType="KMS", KeyId="alias/aws/kinesis")
settled()
call("stop_stream_encryption", StreamName=NAME, EncryptionType="KMS", KeyId="alias/aws/kinesis")
settled()
call("update_max_record_size", StreamARN=arn, MaxRecordSizeInKiB=2048)
settled()
call("split_shard", StreamName=NAME, ShardToSplit=FIRST, NewStartingHashKey=str(1 << 127))
settled()
call("merge_shards", StreamName=NAME, ShardToMerge="shardId-000000000001", AdjacentShardToMerge="shardId-000000000002")
settled()
call("update_shard_count", StreamName=NAME, TargetShardCount=2, ScalingType="UNIFORM_SCALING")
settled()
call("update_stream_mode", StreamARN=arn, StreamModeDetails={"StreamMode": "ON_DEMAND"})
settled()
end = call("get_records", ShardIterator=iterator)
assert "NextShardIterator" not in end and len(end["ChildShards"]) == 2, end
call("delete_stream", StreamName=NAME)
client.get_waiter("stream_not_exists").wait(StreamName=NAME, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
try:
    client.describe_stream(StreamName=NAME)
    raise SystemExit("a stream that was deleted is there")
except client.exceptions.ResourceNotFoundException as error:
    assert "Stream by-boto3 under account" in str(error), error
