"""Errors as the caller of the function sees them."""

import json
import os


class RuntimeFault(Exception):
    """An error of the runtime's own, under one of Lambda's names."""

    def __init__(self, error_type, message, frames=()):
        super().__init__(message)
        self.error_type = error_type
        self.message = message
        self.frames = list(frames)


def payload(error_type, message, frames, request_id):
    """The error object; the order of its keys is Lambda's."""
    return json.dumps(
        {"errorMessage": message, "errorType": error_type, "requestId": request_id, "stackTrace": list(frames)},
        ensure_ascii=False,
    ).encode("utf-8", "surrogatepass")


def user_frames(error):
    """The stack of an error without the client's own frames and the import system's."""
    import traceback

    here = os.path.dirname(os.path.abspath(__file__)) + os.sep
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith((here, "<frozen importlib"))
        and not frame.filename.endswith(os.path.join("importlib", "__init__.py"))
    ]
    return traceback.format_list(frames)


def not_serializable(value):
    """Decimals become floats, as in the official client; nothing else is converted."""
    import decimal

    if isinstance(value, decimal.Decimal):
        return float(value)
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)
