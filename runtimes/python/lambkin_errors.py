"""Errors as the caller of the function sees them."""

import os

from lambkin_json import to_json


class RuntimeFault(Exception):
    """An error of the runtime's own, under one of Lambda's names."""

    def __init__(self, error_type, message, frames=()):
        super().__init__(message)
        self.error_type = error_type
        self.message = message
        self.frames = list(frames)


def payload(error_type, message, frames, request_id):
    """The error object; the order of its keys is Lambda's."""
    return to_json({"errorMessage": message, "errorType": error_type, "requestId": request_id, "stackTrace": list(frames)})


def user_frames(error):
    """The stack of an error without the client's own frames and the import system's."""
    import traceback

    here = os.path.dirname(os.path.abspath(__file__)) + os.sep
    frames = [
        # Tuples lack the columns, so newer Pythons don't mark the expression: Lambda's stack has no marks.
        (frame.filename, frame.lineno, frame.name, frame.line)
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith((here, "<frozen importlib"))
        and not frame.filename.endswith(os.path.join("importlib", "__init__.py"))
    ]
    return traceback.format_list(frames)
