"""The root logger in Lambda's format, text or JSON."""

import logging
import os
import time

import lambkin_output as output
from lambkin_records import AS_JSON, Invocation, json_line, one_line, timestamp

_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "aws_request_id", "tenant_id"}


def install():
    """Puts Lambda's handler on the root logger; its level stays Python's own unless the function's settings name one."""
    logging.Formatter.converter = time.gmtime
    handler = _Handler()
    handler.setFormatter(_JsonFormatter() if AS_JSON else _TextFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    level = "DEBUG" if level == "TRACE" else level
    # Names that Python does not know leave the level as it is.
    if isinstance(logging.getLevelName(level), int):
        root.setLevel(level)


class _Handler(logging.Handler):
    def emit(self, record):
        try:
            record.aws_request_id = Invocation.request_id
            record.tenant_id = Invocation.tenant_id
            text = self.format(record)
            output.write(text if AS_JSON else one_line(text))
        except Exception:  # pylint: disable=broad-except
            self.handleError(record)


class _TextFormatter(logging.Formatter):
    def __init__(self):
        super().__init__("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S")


class _JsonFormatter(logging.Formatter):
    def format(self, record):
        result = {
            "timestamp": timestamp(record.created),
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
        return json_line({key: value for key, value in result.items() if value is not None})
