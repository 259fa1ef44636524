"""The handler's context object. Source: Lambda's page on the Python context object."""

import os
import time

from lambkin_json import from_json


class _Shown:
    """Shows its members, as the official classes do."""

    __slots__ = ()

    def __repr__(self):
        names = [name for name in (self.__slots__ or vars(self)) if not name.startswith("_")]
        shown = ",".join("%s=%s" % (name, getattr(self, name)) for name in names)
        return "%s([%s])" % (type(self).__name__, shown)


class CognitoIdentity(_Shown):
    __slots__ = ["cognito_identity_id", "cognito_identity_pool_id"]

    def __init__(self, values):
        self.cognito_identity_id = values.get("cognitoIdentityId")
        self.cognito_identity_pool_id = values.get("cognitoIdentityPoolId")


class Client(_Shown):
    __slots__ = ["installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"]

    def __init__(self, values):
        for name in self.__slots__:
            setattr(self, name, values.get(name))


class ClientContext(_Shown):
    __slots__ = ["custom", "env", "client"]

    def __init__(self, values):
        self.custom = values.get("custom")
        self.env = values.get("env")
        client = values.get("client")
        self.client = Client(client) if client else None


class LambdaContext(_Shown):
    """What a handler gets as its second argument."""

    def __init__(self, invocation):
        self.aws_request_id = invocation["id"]
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = invocation.get("arn")
        self.tenant_id = invocation.get("tenantId")
        client_context = invocation.get("clientContext")
        self.client_context = ClientContext(from_json(client_context.encode())) if client_context else None
        self.identity = CognitoIdentity(from_json((invocation.get("cognito") or "{}").encode()))
        self._deadline_ms = invocation.get("deadlineMs")

    def get_remaining_time_in_millis(self):
        """Milliseconds until the function's time is over, never below 0."""
        return max(int(self._deadline_ms - time.time() * 1000), 0)

    def log(self, message):
        """Writes the message to the log as it is."""
        import lambkin_output

        lambkin_output.write(str(message))


def make_context(invocation):
    """The context of one invocation."""
    return LambdaContext(invocation)
