"""The corpus for Python: what an event asks for under "do"."""

import base64
import logging
import os
import sys
import time

CALLS = 0


class CorpusError(Exception):
    pass


if os.environ.get("CORPUS_INIT") == "fail":
    raise RuntimeError("init failed")


def described(context):
    client = context.client_context
    return {
        "requestId": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "name": context.function_name,
        "version": context.function_version,
        "memory": context.memory_limit_in_mb,
        "logGroup": context.log_group_name,
        "logStream": context.log_stream_name,
        "remainingMs": context.get_remaining_time_in_millis(),
        "clientCustom": client.custom.get("key") if client else None,
    }


def log():
    print("raw line")
    root = logging.getLogger()
    if os.environ.get("AWS_LAMBDA_LOG_FORMAT") != "JSON":
        root.setLevel("DEBUG")
    for level in ["debug", "info", "warning", "error"]:
        getattr(root, level)("a %s", level.replace("warning", "warn"))
    return True


def fail(text):
    raise CorpusError(text)


def layered():
    import layered as module

    return module.TEXT


ACTIONS = {
    "echo": lambda event, context: event["value"],
    "context": lambda event, context: described(context),
    "environment": lambda event, context: {name: os.environ.get(name) for name in event["names"]},
    "calls": lambda event, context: CALLS,
    "error": lambda event, context: fail(event["text"]),
    "exit": lambda event, context: os._exit(3),
    "hang": lambda event, context: time.sleep(60),
    "unhandled": lambda event, context: sys.exit(event["text"]),
    "length": lambda event, context: len(event["text"]),
    "large": lambda event, context: "x" * event["bytes"],
    "reverse": lambda event, context: base64.b64encode(base64.b64decode(event["text"])[::-1]).decode(),
    "log": lambda event, context: log(),
    "layer": lambda event, context: layered(),
}


def handler(event, context):
    global CALLS
    CALLS += 1
    return ACTIONS[event["do"]](event, context)
