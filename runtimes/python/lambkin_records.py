"""What every record of the log shares, and the record of an error that reached the runtime."""

import os
import time

import lambkin_output as output
from lambkin_json import to_json

AS_JSON = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"


class Invocation:
    """The invocation that records belong to; before the first one there is none."""

    request_id = ""
    tenant_id = None


def log_error(error_type, message, frames):
    """The record that the runtime writes when init or the handler failed."""
    if AS_JSON:
        record = {
            "timestamp": timestamp(time.time()),
            "level": "ERROR",
            "errorMessage": message,
            "errorType": error_type,
            "requestId": Invocation.request_id,
            "stackTrace": list(frames),
        }
        output.write(json_line(record))
        return
    lines = ["[ERROR] %s%s" % (error_type, ": " + message if message else ""), "Traceback (most recent call last):"]
    for frame in frames:
        lines += [_indented(line) for line in frame.splitlines()]
    output.write(one_line("\n".join(lines)))


def one_line(text):
    """A text record as one line: its own newlines travel as carriage returns."""
    return text.replace("\n", "\r") + "\n"


def json_line(record):
    """A JSON record as one line."""
    return to_json(record).decode("utf-8") + "\n"


def timestamp(seconds):
    """UTC in whole seconds, as in the official client's JSON records."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _indented(line):
    # No-break spaces keep the indentation in viewers that trim lines.
    stripped = line.lstrip(" ")
    return "\u00a0" * (len(line) - len(stripped)) + stripped
