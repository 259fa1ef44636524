"""Drives a server with boto3 and says of each operation, as a line of JSON, whether its answer was right.

Every answer is also held against the client's own service model: each member must be one that the model has.
"""

import io
import json
import sys
import zipfile

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = sys.argv[1]
ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/test"
ARN = f"arn:aws:lambda:us-east-1:{ACCOUNT}:"
FAST = {"Delay": 1, "MaxAttempts": 60}

client = boto3.client(
    "lambda",
    endpoint_url=ENDPOINT,
    region_name="us-east-1",
    aws_access_key_id="test",
    aws_secret_access_key="test",
    config=Config(retries={"max_attempts": 1, "mode": "standard"}),
)
# The model that the answers follow is that of botocore 1.43.107.
IS_OLDER = tuple(int(part) for part in boto3.__version__.split(".")[:3]) < (1, 43, 107)
MODEL = client.meta.service_model
raw_bodies = []


def remember(http_response, parsed, model, **_):
    # A streamed body is for the caller alone to read.
    if not model.has_streaming_output:
        raw_bodies.append((model.name, http_response.content))


client.meta.events.register("after-call.lambda", remember)


def package(source="def handler(event, context):\n    return {'got': event}\n", name="index.py"):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, source)
    return buffer.getvalue()


def say(operation, **more):
    print(json.dumps({"operation": operation, **more}), flush=True)


def unknown_members(shape, value, path):
    """Members of an answer that the model does not have."""
    if shape.type_name == "structure" and isinstance(value, dict):
        names = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        for name, inner in value.items():
            if name not in names:
                yield f"{path}.{name}"
            else:
                yield from unknown_members(names[name], inner, f"{path}.{name}")
    elif shape.type_name == "list" and isinstance(value, list):
        for inner in value:
            yield from unknown_members(shape.member, inner, f"{path}[]")
    elif shape.type_name == "map" and isinstance(value, dict):
        for inner in value.values():
            yield from unknown_members(shape.value, inner, f"{path}{{}}")


class Wrong(Exception):
    pass


def expect(condition, what):
    if not condition:
        raise Wrong(what)


def call(operation, check=None, error=None, **arguments):
    """Calls an operation; `check` looks at the answer, `error` is the code that must come instead of one."""
    method = boto3_name(operation)
    if not hasattr(client, method):
        say(operation, skipped="this boto3 does not know it")
        return None
    unknown = set(arguments) - set(MODEL.operation_model(operation).input_shape.members)
    if unknown:
        say(operation, skipped=f"this boto3 does not know {', '.join(sorted(unknown))}")
        return None
    raw_bodies.clear()
    try:
        answer = getattr(client, method)(**arguments)
        expect(error is None, f"expected {error}")
        check_against_model(operation)
        if check:
            check(answer)
    except ClientError as failure:
        code = failure.response["Error"]["Code"]
        if code != error:
            say(operation, ok=False, error=str(failure))
            return None
        answer = failure.response
    except Exception as failure:  # the run goes on, and every operation is told of
        say(operation, ok=False, error=f"{type(failure).__name__}: {failure}")
        return None
    say(operation, ok=True)
    return answer


def check_against_model(operation):
    output = MODEL.operation_model(operation).output_shape
    if output is None or output.serialization.get("payload"):
        return
    for name, body in raw_bodies:
        if name == operation and body:
            unknown = list(unknown_members(output, json.loads(body), ""))
            # A client that is older than the server's model knows fewer members.
            expect(not unknown or IS_OLDER, f"members that the model lacks: {unknown}")


def boto3_name(operation):
    return next((name for name, own in client.meta.method_to_api_mapping.items() if own == operation), operation)


def wait(name, **arguments):
    if name not in client.waiter_names:
        say(f"waiter {name}", skipped="this boto3 does not know it")
        return
    try:
        client.get_waiter(name).wait(WaiterConfig=FAST, **arguments)
        say(f"waiter {name}", ok=True)
    except Exception as failure:
        say(f"waiter {name}", ok=False, error=str(failure))


def has(**members):
    def check(answer):
        for name, value in members.items():
            expect(answer.get(name) == value, f"{name} is {answer.get(name)!r} and not {value!r}")

    return check


def functions():
    name = "py"
    arn = f"{ARN}function:{name}"
    basics = dict(FunctionName=name, Runtime="python3.11", Handler="index.handler", Role=ROLE)
    call("CreateFunction", has(FunctionArn=arn, State="Pending", Version="$LATEST"), Code={"ZipFile": package()}, **basics)
    call("CreateFunction", error="ResourceConflictException", Code={"ZipFile": package()}, **basics)
    wait("function_exists", FunctionName=name)
    wait("function_active", FunctionName=name)
    wait("function_active_v2", FunctionName=name)
    call("GetFunction", lambda answer: expect(answer["Code"]["RepositoryType"] == "S3", "Code"), FunctionName=name)
    call("GetFunction", error="ResourceNotFoundException", FunctionName="nobody")
    call("GetFunctionConfiguration", has(State="Active", Handler="index.handler"), FunctionName=name)
    call("UpdateFunctionConfiguration", has(Timeout=9, MemorySize=256), FunctionName=name, Timeout=9, MemorySize=256)
    wait("function_updated", FunctionName=name)
    call("UpdateFunctionCode", has(LastUpdateStatus="InProgress"), FunctionName=name, ZipFile=package("def handler(e, c):\n    return 2\n"))
    wait("function_updated_v2", FunctionName=name)
    call("ListFunctions", lambda answer: expect(any(f["FunctionName"] == name for f in answer["Functions"]), "not listed"))
    call("Invoke", lambda answer: expect(json.load(answer["Payload"]) == 2, "payload"), FunctionName=name)
    call("Invoke", has(StatusCode=202), FunctionName=name, InvocationType="Event", Payload=b"{}")
    call("PublishVersion", has(Version="1", FunctionArn=f"{arn}:1"), FunctionName=name)
    wait("published_version_active", FunctionName=name, Qualifier="1")
    call("ListVersionsByFunction", lambda answer: expect(len(answer["Versions"]) == 2, "versions"), FunctionName=name)
    call("CreateAlias", has(Name="live", FunctionVersion="1"), FunctionName=name, Name="live", FunctionVersion="1")
    call("GetAlias", has(AliasArn=f"{arn}:live"), FunctionName=name, Name="live")
    call("UpdateAlias", has(Description="d"), FunctionName=name, Name="live", Description="d")
    call("ListAliases", lambda answer: expect(len(answer["Aliases"]) == 1, "aliases"), FunctionName=name)
    return name, arn


def policies(name, arn):
    permission = dict(StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com")
    call("AddPermission", lambda answer: expect(json.loads(answer["Statement"])["Sid"] == "s3", "Sid"), FunctionName=name, **permission)
    call("AddPermission", error="ResourceConflictException", FunctionName=name, **permission)
    call("GetPolicy", lambda answer: expect(json.loads(answer["Policy"])["Id"] == "default", "Id"), FunctionName=name)
    call("RemovePermission", FunctionName=name, StatementId="s3")
    call("GetPolicy", error="ResourceNotFoundException", FunctionName=name)
    call("TagResource", Resource=arn, Tags={"a": "b"})
    call("ListTags", has(Tags={"a": "b"}), Resource=arn)
    call("UntagResource", Resource=arn, TagKeys=["a"])


def layers():
    content = {"ZipFile": package("x = 1\n", "python/x.py")}
    call("PublishLayerVersion", has(Version=1), LayerName="pylayer", Content=content, CompatibleRuntimes=["python3.11"])
    call("GetLayerVersion", has(Version=1), LayerName="pylayer", VersionNumber=1)
    call("GetLayerVersionByArn", has(Version=1), Arn=f"{ARN}layer:pylayer:1")
    call("ListLayers", lambda answer: expect(any(one["LayerName"] == "pylayer" for one in answer["Layers"]), "layers"))
    call("ListLayerVersions", lambda answer: expect(len(answer["LayerVersions"]) == 1, "versions"), LayerName="pylayer")
    scope = dict(LayerName="pylayer", VersionNumber=1)
    call("AddLayerVersionPermission", StatementId="all", Action="lambda:GetLayerVersion", Principal="*", **scope)
    call("GetLayerVersionPolicy", lambda answer: expect("Policy" in answer, "Policy"), **scope)
    call("RemoveLayerVersionPermission", StatementId="all", **scope)
    call("DeleteLayerVersion", **scope)
    call("GetLayerVersion", error="ResourceNotFoundException", **scope)


def settings(name, arn):
    call("PutFunctionConcurrency", has(ReservedConcurrentExecutions=5), FunctionName=name, ReservedConcurrentExecutions=5)
    call("GetFunctionConcurrency", has(ReservedConcurrentExecutions=5), FunctionName=name)
    call("DeleteFunctionConcurrency", FunctionName=name)
    provisioned = dict(FunctionName=name, Qualifier="live")
    call("PutProvisionedConcurrencyConfig", has(Status="IN_PROGRESS"), ProvisionedConcurrentExecutions=1, **provisioned)
    call("GetProvisionedConcurrencyConfig", has(RequestedProvisionedConcurrentExecutions=1), **provisioned)
    call("ListProvisionedConcurrencyConfigs", FunctionName=name)
    call("DeleteProvisionedConcurrencyConfig", **provisioned)
    call("GetProvisionedConcurrencyConfig", error="ProvisionedConcurrencyConfigNotFoundException", **provisioned)
    call("PutFunctionEventInvokeConfig", has(MaximumRetryAttempts=0), FunctionName=name, MaximumRetryAttempts=0)
    call("UpdateFunctionEventInvokeConfig", has(MaximumEventAgeInSeconds=60), FunctionName=name, MaximumEventAgeInSeconds=60)
    call("GetFunctionEventInvokeConfig", has(MaximumRetryAttempts=0), FunctionName=name)
    call("ListFunctionEventInvokeConfigs", FunctionName=name)
    call("DeleteFunctionEventInvokeConfig", FunctionName=name)
    call("CreateFunctionUrlConfig", has(AuthType="NONE"), FunctionName=name, AuthType="NONE")
    call("GetFunctionUrlConfig", has(InvokeMode="BUFFERED"), FunctionName=name)
    call("UpdateFunctionUrlConfig", has(AuthType="AWS_IAM"), FunctionName=name, AuthType="AWS_IAM")
    call("ListFunctionUrlConfigs", FunctionName=name)
    call("DeleteFunctionUrlConfig", FunctionName=name)
    call("PutFunctionRecursionConfig", has(RecursiveLoop="Allow"), FunctionName=name, RecursiveLoop="Allow")
    call("GetFunctionRecursionConfig", has(RecursiveLoop="Allow"), FunctionName=name)
    call("PutRuntimeManagementConfig", has(UpdateRuntimeOn="FunctionUpdate"), FunctionName=name, UpdateRuntimeOn="FunctionUpdate")
    call("GetRuntimeManagementConfig", has(UpdateRuntimeOn="FunctionUpdate"), FunctionName=name)
    call("GetAccountSettings", lambda answer: expect(answer["AccountUsage"]["FunctionCount"] >= 1, "FunctionCount"))


def mappings(name):
    source = f"arn:aws:sqs:us-east-1:{ACCOUNT}:queue"
    made = call("CreateEventSourceMapping", has(EventSourceArn=source, BatchSize=10), EventSourceArn=source, FunctionName=name)
    call("CreateEventSourceMapping", error="ResourceConflictException", EventSourceArn=source, FunctionName=name)
    if made is None:
        return
    uuid = made["UUID"]
    wait_for_state(uuid)
    call("ListEventSourceMappings", lambda answer: expect(len(answer["EventSourceMappings"]) == 1, "mappings"), EventSourceArn=source)
    call("UpdateEventSourceMapping", UUID=uuid, BatchSize=5)
    wait_for_state(uuid)
    call("GetEventSourceMapping", has(BatchSize=5), UUID=uuid)
    call("DeleteEventSourceMapping", has(State="Deleting"), UUID=uuid)


def wait_for_state(uuid):
    for _ in range(500):
        if client.get_event_source_mapping(UUID=uuid)["State"] in ("Enabled", "Disabled"):
            return


def signing(name):
    publishers = {"SigningProfileVersionArns": [f"arn:aws:signer:us-east-1:{ACCOUNT}:/signing-profiles/p/abcdefghij"]}
    made = call("CreateCodeSigningConfig", AllowedPublishers=publishers)
    if made is None:
        return
    arn = made["CodeSigningConfig"]["CodeSigningConfigArn"]
    call("GetCodeSigningConfig", CodeSigningConfigArn=arn)
    call("UpdateCodeSigningConfig", CodeSigningConfigArn=arn, Description="d")
    call("ListCodeSigningConfigs")
    call("PutFunctionCodeSigningConfig", has(CodeSigningConfigArn=arn), CodeSigningConfigArn=arn, FunctionName=name)
    call("GetFunctionCodeSigningConfig", has(CodeSigningConfigArn=arn), FunctionName=name)
    call("ListFunctionsByCodeSigningConfig", lambda answer: expect(len(answer["FunctionArns"]) == 1, "arns"), CodeSigningConfigArn=arn)
    call("DeleteFunctionCodeSigningConfig", FunctionName=name)
    call("DeleteCodeSigningConfig", CodeSigningConfigArn=arn)
    call("GetCodeSigningConfig", error="ResourceNotFoundException", CodeSigningConfigArn=arn)


def capacity():
    vpc = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": []}
    permissions = {"CapacityProviderOperatorRoleArn": ROLE}
    call("CreateCapacityProvider", CapacityProviderName="pyprovider", VpcConfig=vpc, PermissionsConfig=permissions)
    call("GetCapacityProvider", CapacityProviderName="pyprovider")
    call("ListCapacityProviders")
    call("ListFunctionVersionsByCapacityProvider", CapacityProviderName="pyprovider")


def clean_up(name):
    call("DeleteAlias", FunctionName=name, Name="live")
    call("DeleteFunction", FunctionName=name)
    call("GetFunction", error="ResourceNotFoundException", FunctionName=name)
    call("ListDurableExecutionsByFunction", error="ResourceNotFoundException", FunctionName=name)


say("client", ok=True, version=boto3.__version__)
NAME, FUNCTION_ARN = functions()
policies(NAME, FUNCTION_ARN)
layers()
settings(NAME, FUNCTION_ARN)
mappings(NAME)
signing(NAME)
capacity()
clean_up(NAME)
