"""Where the process writes its logs, and how much it has written.

The server waits for that many bytes before it closes an invocation's log.
"""

import io
import os
import sys

_written = 0


class _CountingWriter(io.RawIOBase):
    """Writes straight to a descriptor and counts."""

    def __init__(self, fd):
        super().__init__()
        self._fd = fd

    def writable(self):
        return True

    def fileno(self):
        return self._fd

    def isatty(self):
        return False

    def write(self, data):
        global _written
        view = memoryview(data)
        while view:
            count = os.write(self._fd, view)
            _written += count
            view = view[count:]
        return len(data)


def install():
    """Replaces sys.stdout and sys.stderr by counting ones that write each line at once."""
    for name, fd in (("stdout", 1), ("stderr", 2)):
        buffered = io.BufferedWriter(_CountingWriter(fd), 8_192)
        stream = io.TextIOWrapper(buffered, encoding="utf-8", errors="backslashreplace", line_buffering=True)
        setattr(sys, name, stream)
        setattr(sys, "__%s__" % name, stream)


def write(text):
    """Writes one record of the log."""
    sys.stdout.flush()
    sys.stdout.write(text)
    sys.stdout.flush()


def flush():
    """Writes what is still buffered, so that it belongs to this invocation."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (ValueError, OSError):
            pass


def written_bytes():
    """Bytes written so far to stdout and stderr together."""
    return _written
