"""Lambkin's Python runtime client: what runs in an execution environment of the python runtimes.

It behaves as the official client does and speaks the frames of ../PROTOCOL.md, or HTTP where several invocations run at
a time. Few modules are imported before the handler: start-up time is what a cold start is made of.
"""

import os
import sys

import lambkin_errors as errors
import lambkin_logging_hook as logging_hook
import lambkin_output as output
from lambkin_json import from_json, to_json
from lambkin_records import Invocation, log_error

# Frames carry one invocation at a time; without a channel for them there may be several, over HTTP.
IS_FRAMED = "_LAMBKIN_CHANNEL_FD" in os.environ
if IS_FRAMED:
    import lambkin_channel as channel
else:
    import lambkin_http as channel


def main():
    if not IS_FRAMED:
        import lambkin_workers

        lambkin_workers.fork(int(os.environ.get("AWS_LAMBDA_MAX_CONCURRENCY", "1")))
    output.install()
    task_root = os.environ.get("LAMBDA_TASK_ROOT", "/var/task")
    prepare_path(task_root)
    logging_hook.install()
    try:
        from lambkin_handler import load_handler

        handler = load_handler(os.environ.get("_HANDLER", ""))
    except errors.RuntimeFault as fault:
        fail_init(fault.error_type, fault.message, fault.frames)
    except Exception as error:  # pylint: disable=broad-except
        fail_init(type(error).__name__, str(error), errors.user_frames(error))
    channel.ready()
    serve(handler)


def prepare_path(task_root):
    """sys.path as on Lambda: the function's code first, then the layers, then the interpreter's own."""
    here = os.path.dirname(os.path.abspath(__file__))
    rest = [entry for entry in sys.path if entry not in (here, "")]
    layers = os.environ.pop("_LAMBKIN_LAYER_PATH", "").split(":")
    sys.path[:] = [task_root, *[entry for entry in layers if entry and os.path.isdir(entry)], here, *rest]


def fail_init(error_type, message, frames):
    log_error(error_type, message, frames)
    output.flush()
    channel.init_error(error_type, errors.payload(error_type, message, frames, ""))
    sys.exit(1)


def serve(handler):
    from lambkin_context import make_context

    while True:
        invocation = channel.read_invoke()
        request_id = invocation["id"]
        Invocation.request_id = request_id
        Invocation.tenant_id = invocation.get("tenantId")
        if invocation.get("trace"):
            os.environ["_X_AMZN_TRACE_ID"] = invocation["trace"]
        else:
            os.environ.pop("_X_AMZN_TRACE_ID", None)
        # SystemExit and its kin end the process, as in the official client.
        try:
            result = run(handler, invocation, make_context)
        except errors.RuntimeFault as fault:
            report(fault.error_type, fault.message, fault.frames, request_id)
        except Exception as error:  # pylint: disable=broad-except
            report(type(error).__name__, str(error), errors.user_frames(error), request_id)
        else:
            output.flush()
            channel.respond_and_next(result, output.written_bytes())


def run(handler, invocation, make_context):
    try:
        event = from_json(invocation["payload"])
    except Exception as error:  # pylint: disable=broad-except
        raise errors.RuntimeFault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error) from None
    result = handler(event, make_context(invocation))
    if isinstance(result, bytes):
        return result
    try:
        return to_json(result)
    except Exception as error:  # pylint: disable=broad-except
        raise errors.RuntimeFault("Runtime.MarshalError", "Unable to marshal response: %s" % error) from None


def report(error_type, message, frames, request_id):
    log_error(error_type, message, frames)
    output.flush()
    channel.fail_and_next(error_type, errors.payload(error_type, message, frames, request_id), output.written_bytes())


if __name__ == "__main__":
    main()
