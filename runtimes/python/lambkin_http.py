"""The HTTP Runtime API, for functions of which several invocations run at a time.

It has the face of lambkin_channel. Each process has one connection, and only what Lambkin's own server answers is
understood: importing the http package would cost more than the whole start of a process.
"""

import os
import socket

_PREFIX = "/2018-06-01/runtime"
_HOST, _, _PORT = os.environ.get("AWS_LAMBDA_RUNTIME_API", "").partition(":")

_connection = None
_request_id = ""
# Told of what this process has in hand; see lambkin_workers.
_watch = None


def begin_process(callback):
    """Called in a process that has just been forked: has the callback told of each event's id, and of "" between them."""
    global _connection, _watch
    if _connection is not None:
        _connection.close()
    _connection = None
    _watch = callback


def read_invoke():
    """Blocks until the next event; ends the process when the server is gone."""
    global _request_id
    status, headers, payload = _call("GET", "/invocation/next")
    if status != 200:
        os._exit(1)
    _request_id = headers["lambda-runtime-aws-request-id"]
    if _watch:
        _watch(_request_id)
    return {
        "id": _request_id,
        "deadlineMs": int(headers.get("lambda-runtime-deadline-ms", "0")),
        "arn": headers.get("lambda-runtime-invoked-function-arn"),
        "clientContext": headers.get("lambda-runtime-client-context"),
        "cognito": headers.get("lambda-runtime-cognito-identity"),
        "tenantId": headers.get("lambda-runtime-aws-tenant-id"),
        # No trace: where several invocations run there is no variable for it.
        "payload": payload,
    }


def ready():
    """The first request for an event is about to be made."""
    if _watch:
        _watch("")


def respond_and_next(payload, _output_bytes):
    """The handler's result. One that is too long, or comes too late, is refused, which is nobody's error."""
    _call("POST", "/invocation/%s/response" % _request_id, payload)
    _done()


def fail_and_next(error_type, payload, _output_bytes):
    """The handler's error."""
    fail(_request_id, error_type, payload)
    _done()


def fail(request_id, error_type, payload):
    """The error of an invocation, whoever has worked on it."""
    _call("POST", "/invocation/%s/error" % request_id, payload, error_type)


def init_error(error_type, payload):
    """Init failed; the process should then end."""
    _call("POST", "/init/error", payload, error_type)


def _done():
    if _watch:
        _watch("")


def _call(method, path, payload=b"", error_type=None):
    global _connection
    try:
        if _connection is None:
            _connection = socket.create_connection((_HOST, int(_PORT)))
            _connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head = "%s %s%s HTTP/1.1\r\nHost: %s:%s\r\n" % (method, _PREFIX, path, _HOST, _PORT)
        if method == "POST":
            head += "Content-Length: %d\r\nContent-Type: application/json\r\n" % len(payload)
        if error_type:
            head += "Lambda-Runtime-Function-Error-Type: %s\r\n" % _printable(error_type)
        _connection.sendall((head + "\r\n").encode("latin-1") + payload)
        return _read_answer(_connection)
    except OSError:
        os._exit(0)


def _read_answer(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        data += _receive(connection, 65_536)
    head, _, body = data.partition(b"\r\n\r\n")
    # A header that may hold any text holds it as UTF-8.
    lines = head.decode("utf-8", "replace").split("\r\n")
    pairs = (line.partition(":") for line in lines[1:])
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    parts = [body]
    missing = int(headers.get("content-length", "0")) - len(body)
    while missing > 0:
        part = _receive(connection, min(missing, 1_048_576))
        parts.append(part)
        missing -= len(part)
    return int(lines[0].split(" ", 2)[1]), headers, b"".join(parts)


def _receive(connection, count):
    part = connection.recv(count)
    if not part:
        os._exit(0)
    return part


def _printable(text):
    return "".join(char if " " <= char <= "~" else "?" for char in text)
