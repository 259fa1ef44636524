"""The root logger in Lambda's format, text or JSON, and the line that tells an error."""

import json
import logging
import os
import time

import lambkin_output as output

_AS_JSON = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
_LEVELS = {"TRACE": logging.NOTSET, "FATAL": logging.CRITICAL}
_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "aws_request_id"}
_request_id = None


def set_request_id(request_id):
    """Lines belong to this invocation from now on."""
    global _request_id
    _request_id = request_id


def install():
    """Puts Lambda's handler on the root logger."""
    logging.Formatter.converter = time.gmtime
    handler = _Handler()
    handler.setFormatter(_JsonFormatter() if _AS_JSON else _TextFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    if _AS_JSON:
        name = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
        root.setLevel(_LEVELS.get(name, getattr(logging, name, logging.INFO) if name else logging.INFO))


def log_error(error_type, message, frames):
    """The record that the runtime writes when init or the handler failed."""
    if _AS_JSON:
        record = {
            "timestamp": _timestamp(time.time()),
            "log_level": "ERROR",
            "errorMessage": message,
            "errorType": error_type,
            "requestId": _request_id or "",
            "stackTrace": list(frames),
        }
        output.write(json.dumps(record, ensure_ascii=False) + "\n")
        return
    text = "[ERROR] %s: %s" % (error_type, message)
    if frames:
        lines = "".join(frames).rstrip("\n").split("\n")
        # No-break spaces keep the indentation in viewers that trim lines.
        text += "\nTraceback (most recent call last):\n" + "\n".join(_indented(line) for line in lines)
    output.write(_one_line(text))


def _indented(line):
    stripped = line.lstrip(" ")
    return "\u00a0" * (len(line) - len(stripped)) + stripped


def _one_line(text):
    return text.replace("\n", "\r") + "\n"


def _timestamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


class _Handler(logging.Handler):
    def emit(self, record):
        try:
            record.aws_request_id = _request_id
            text = self.format(record)
            output.write(text + "\n" if _AS_JSON else _one_line(text.rstrip("\n")))
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
            "requestId": record.aws_request_id,
        }
        for key, value in vars(record).items():
            if key not in _STANDARD and not key.startswith("_"):
                result[key] = value
        if record.exc_info and record.exc_info[0]:
            import traceback

            kind, error, trace = record.exc_info
            result["stackTrace"] = traceback.format_list(traceback.extract_tb(trace))
            result["errorType"] = kind.__name__
            result["errorMessage"] = str(error)
            result["location"] = "%s:%s:%s" % (record.pathname, record.funcName, record.lineno)
        return json.dumps({key: value for key, value in result.items() if value is not None}, ensure_ascii=False, default=str)
