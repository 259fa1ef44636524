"""Several invocations at a time: a process for each, as Lambda has it on managed instances.

The processes are forked before the function's code is loaded, so that each runs its init by itself and shares nothing
with the others. The first goes ahead; the others follow when it waits for an event, so that the first event need not
wait for all of them, and an init that fails is told once.
"""

import mmap
import os

import lambkin_errors as errors
import lambkin_http as http

_ID_BYTES = 64
_MARK = b"\x01"


def fork(count):
    """Returns in each process that is to serve events; the one that called it watches over them and never returns."""
    # What each of them has in hand, to be read when it is gone: a mark once it is ready, then the event's id.
    in_hand = mmap.mmap(-1, count * _ID_BYTES)
    workers = {}
    is_ready, tell_ready = os.pipe()
    if not _start(workers, in_hand, 0, tell_ready):
        os.close(is_ready)
        return
    os.close(tell_ready)
    os.read(is_ready, 1)
    os.close(is_ready)
    if in_hand[:1] == _MARK:
        for index in range(1, count):
            if not _start(workers, in_hand, index):
                return
    _watch(workers, in_hand)


def _start(workers, in_hand, index, tell_ready=None):
    """Starts one; false in the process that it has started."""
    start = index * _ID_BYTES
    in_hand[start : start + _ID_BYTES] = bytes(_ID_BYTES)
    pid = os.fork()
    if pid:
        workers[pid] = index
        return True
    told = tell_ready

    def note(request_id):
        nonlocal told
        text = request_id.encode()[: _ID_BYTES - 1]
        in_hand[start : start + _ID_BYTES] = _MARK + text + bytes(_ID_BYTES - 1 - len(text))
        if told is not None:
            os.write(told, _MARK)
            os.close(told)
            told = None

    http.begin_process(note)
    return False


def _watch(workers, in_hand):
    """Tells of invocations whose process is gone and starts another in its place; returns in that one only."""
    status = 0
    while workers:
        pid, status = os.wait()
        index = workers.pop(pid, None)
        if index is None:
            continue
        start = index * _ID_BYTES
        noted = in_hand[start : start + _ID_BYTES]
        request_id = noted[1:].rstrip(b"\x00").decode()
        # One that ends while it waits, or before it was ready, has nothing to do with any invocation.
        if noted[:1] != _MARK or not request_id:
            continue
        message = "RequestId: %s Error: Runtime exited with error: %s" % (request_id, _reason(status))
        http.fail(request_id, "Runtime.ExitError", errors.payload("Runtime.ExitError", message, (), request_id))
        if not _start(workers, in_hand, index):
            return
    os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 1)


def _reason(status):
    if os.WIFSIGNALED(status):
        import signal

        return "signal: %s" % signal.strsignal(os.WTERMSIG(status)).lower()
    return "exit status %d" % os.WEXITSTATUS(status)
