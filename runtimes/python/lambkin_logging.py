"""The root logger in Lambda's format, text or JSON, and the record of an error that reached the runtime."""

import logging
import os
import time

import lambkin_output as output
from lambkin_json import to_json

_AS_JSON = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "aws_request_id", "tenant_id"}
_request_id = ""
_tenant_id = None


def set_invocation(request_id, tenant_id):
    """Records belong to this invocation from now on."""
    global _request_id, _tenant_id
    _request_id = request_id
    _tenant_id = tenant_id


def install():
    """Puts Lambda's handler on the root logger; its level stays Python's own unless the function's settings name one."""
    logging.Formatter.converter = time.gmtime
    handler = _Handler()
    handler.setFormatter(_JsonFormatter() if _AS_JSON else _TextFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    level = "DEBUG" if level == "TRACE" else level
    # Names that Python does not know leave the level as it is.
    if isinstance(logging.getLevelName(level), int):
        root.setLevel(level)


def log_error(error_type, message, frames):
    """The record that the runtime writes when init or the handler failed."""
    if _AS_JSON:
        record = {
            "timestamp": _timestamp(time.time()),
            "level": "ERROR",
            "errorMessage": message,
            "errorType": error_type,
            "requestId": _request_id,
            "stackTrace": list(frames),
        }
        output.write(_json_line(record))
        return
    lines = ["[ERROR] %s%s" % (error_type, ": " + message if message else ""), "Traceback (most recent call last):"]
    for frame in frames:
        lines += [_indented(line) for line in frame.splitlines()]
    output.write(_one_line("\n".join(lines)))


def _indented(line):
    # No-break spaces keep the indentation in viewers that trim lines.
    stripped = line.lstrip(" ")
    return "\u00a0" * (len(line) - len(stripped)) + stripped


def _one_line(text):
    return text.replace("\n", "\r") + "\n"


def _json_line(record):
    return to_json(record).decode("utf-8") + "\n"


def _timestamp(seconds):
    # Whole milliseconds first: formatting and rounding apart could disagree about the second.
    millis = int(seconds * 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(millis // 1000)) + ".%03dZ" % (millis % 1000)


class _Handler(logging.Handler):
    def emit(self, record):
        try:
            record.aws_request_id = _request_id
            record.tenant_id = _tenant_id
            text = self.format(record)
            output.write(text if _AS_JSON else _one_line(text))
        except Exception:  # pylint: disable=broad-except
            self.handleError(record)


class _TextFormatter(logging.Formatter):
    def __init__(self):
        super().__init__("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S")


class _JsonFormatter(logging.Formatter):
    def format(self, record):
        result = {
            "timestamp": _timestamp(record.created),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
        }
        if record.exc_info and record.exc_info[0]:
            import traceback

            kind, error, trace = record.exc_info
            result["stackTrace"] = traceback.format_tb(trace)
            result["errorType"] = kind.__name__
            result["errorMessage"] = str(error)
        result["requestId"] = record.aws_request_id
        if record.exc_info:
            result["location"] = "%s:%s:%s" % (record.pathname, record.funcName, record.lineno)
        result["tenantId"] = record.tenant_id
        for key, value in vars(record).items():
            if key not in _STANDARD and key not in result:
                result[key] = value
        return _json_line({key: value for key, value in result.items() if value is not None})
