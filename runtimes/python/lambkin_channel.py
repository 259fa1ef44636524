"""The framed Runtime protocol (../PROTOCOL.md) over a blocking descriptor."""

import os

from lambkin_json import from_json, to_json

RESPONSE_BYTES_MAX = 6_291_556
_INVOKE = 0x01
_RESPONSE_NEXT = 0x11
_ERROR_NEXT = 0x12
_INIT_ERROR = 0x13
_READY = 0x14
_TOO_LARGE = 0x18

# Nothing that the function starts should learn of the descriptor.
_FD = int(os.environ.pop("_LAMBKIN_CHANNEL_FD", "3"))
try:
    os.set_inheritable(_FD, False)
except OSError:
    pass


def read_invoke():
    """Blocks until the next event; ends the process when the server is gone."""
    frame = _read(int.from_bytes(_read(4), "big"))
    if frame[0] != _INVOKE:
        raise RuntimeError("unexpected frame %d" % frame[0])
    head_end = 5 + int.from_bytes(frame[1:5], "big")
    invocation = from_json(frame[5:head_end])
    invocation["payload"] = frame[head_end:]
    return invocation


def ready():
    """The first request for an event."""
    _write(b"\x00\x00\x00\x01" + bytes([_READY]))


def respond_and_next(payload, output_bytes):
    """The handler's result, and the request for the next event."""
    if len(payload) > RESPONSE_BYTES_MAX:
        _send(_TOO_LARGE, {"out": output_bytes}, str(len(payload)).encode())
    else:
        _send(_RESPONSE_NEXT, {"out": output_bytes}, payload)


def fail_and_next(error_type, payload, output_bytes):
    """The handler's error, and the request for the next event."""
    _send(_ERROR_NEXT, {"type": error_type, "out": output_bytes}, payload)


def init_error(error_type, payload):
    """Init failed; the process should then end."""
    _send(_INIT_ERROR, {"type": error_type}, payload)


def _send(kind, head, payload):
    head_bytes = to_json(head)
    length = 5 + len(head_bytes) + len(payload)
    _write(length.to_bytes(4, "big") + bytes([kind]) + len(head_bytes).to_bytes(4, "big") + head_bytes + payload)


def _read(count):
    parts = []
    missing = count
    while missing > 0:
        part = os.read(_FD, missing)
        if not part:
            os._exit(0)
        parts.append(part)
        missing -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _write(data):
    view = memoryview(data)
    while view:
        view = view[os.write(_FD, view):]
