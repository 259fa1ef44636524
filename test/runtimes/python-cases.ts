import assert from 'node:assert/strict';
import type { ClientCase } from './client-case.ts';
import { FUNCTION_ARN, REQUEST_ID } from './client-process.ts';

const ID = REQUEST_ID;
const NBSP = '\u00a0';
const main = (...lines: string[]): Record<string, string> => ({ 'main.py': `${lines.join('\n')}\n` });
const respond = (json: unknown) => ({ type: 'RESPONSE_NEXT', json });

function error(errorType: string, errorMessage: string, stackTrace: readonly string[] = []) {
  return { type: 'ERROR_NEXT', errorType, json: { errorMessage, errorType, requestId: ID, stackTrace } };
}

function initError(errorType: string, errorMessage: string, stackTrace: readonly string[] = []) {
  return { type: 'INIT_ERROR', errorType, json: { errorMessage, errorType, requestId: '', stackTrace } };
}

function frame(line: number, name: string, code: string): string {
  return `  File "/var/task/main.py", line ${line}, in ${name}\n    ${code}\n`;
}

/** The error's record in the text log: one line, its own lines apart by carriage returns, indented with no-break spaces. */
function logged(errorType: string, errorMessage: string, frames: readonly string[] = []): string {
  const lines = frames.flatMap((text) => text.trimEnd().split('\n'));
  const indented = lines.map((line) => line.replace(/^ +/, (spaces) => NBSP.repeat(spaces.length)));
  return `${[`[ERROR] ${errorType}: ${errorMessage}`, 'Traceback (most recent call last):', ...indented].join('\r')}\n`;
}

/** What the client does under every version of Python. */
export const PYTHON_CASES: readonly ClientCase[] = [
  {
    name: 'echo',
    files: main('def handler(event, context):', '    return event'),
    events: ['{"a":[1,"two",null]}', '7'],
    answers: [
      { type: 'RESPONSE_NEXT', text: '{"a": [1, "two", null]}' },
      { type: 'RESPONSE_NEXT', text: '7' },
    ],
  },
  {
    name: 'context',
    files: main(
      'import os',
      'def handler(event, context):',
      '    left = context.get_remaining_time_in_millis()',
      '    cc = context.client_context',
      '    return [0 < left <= 3000, context.aws_request_id, context.function_name, context.function_version, context.memory_limit_in_mb,',
      '        context.log_group_name, context.log_stream_name, context.invoked_function_arn, context.tenant_id,',
      '        cc and [cc.custom, cc.env, cc.client.app_title], context.identity.cognito_identity_id, os.environ.get("_X_AMZN_TRACE_ID"), repr(context).split("=")[0]]',
    ),
    env: {
      AWS_LAMBDA_FUNCTION_NAME: 'thumbnails',
      AWS_LAMBDA_FUNCTION_VERSION: '3',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      AWS_LAMBDA_LOG_GROUP_NAME: 'group',
      AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
    },
    events: [
      {
        payload: '{}',
        head: {
          trace: 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700',
          clientContext: '{"custom":{"a":"b"},"client":{"app_title":"t"}}',
          cognito: '{"cognitoIdentityId":"i"}',
          tenantId: 'blue',
        },
      },
      '{}',
    ],
    answers: [
      respond([
        true,
        ID,
        'thumbnails',
        '3',
        '128',
        'group',
        'stream',
        FUNCTION_ARN,
        'blue',
        [{ a: 'b' }, null, 't'],
        'i',
        'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700',
        'LambdaContext([aws_request_id',
      ]),
      respond([
        true,
        ID,
        'thumbnails',
        '3',
        '128',
        'group',
        'stream',
        FUNCTION_ARN,
        null,
        null,
        null,
        null,
        'LambdaContext([aws_request_id',
      ]),
    ],
  },
  {
    name: 'the channel is no part of the environment, nor open in child processes',
    files: main(
      'import os, subprocess',
      'def handler(event, context):',
      '    seen = subprocess.run(["sh", "-c", "if [ -e /proc/self/fd/3 ]; then echo open; else echo closed; fi"], close_fds=False, capture_output=True, text=True).stdout',
      '    return [os.environ.get("_LAMBKIN_CHANNEL_FD"), seen.strip()]',
    ),
    answers: [respond([null, 'closed'])],
  },
  {
    name: 'search path',
    files: {
      'main.py': 'import sys\nfrom pkg.inner import value\ndef handler(event, context):\n    return [sys.path[0], value]\n',
      'pkg/inner.py': 'value = 1\n',
    },
    answers: [respond(['/var/task', 1])],
  },
  {
    name: 'error, and the next event is served',
    files: main('def handler(event, context):', '    if event: raise ValueError("no")', '    return 1'),
    events: ['{"fail":true}', '{}'],
    answers: [error('ValueError', 'no', [frame(2, 'handler', 'if event: raise ValueError("no")')]), respond(1)],
    log: logged('ValueError', 'no', [frame(2, 'handler', 'if event: raise ValueError("no")')]),
  },
  {
    name: 'keys of an error in order',
    files: main('def handler(event, context):', '    raise KeyError("k")'),
    answers: [
      {
        type: 'ERROR_NEXT',
        check: (payload) =>
          assert.deepEqual(Object.keys(JSON.parse(payload.toString('utf8'))), [
            'errorMessage',
            'errorType',
            'requestId',
            'stackTrace',
          ]),
      },
    ],
    anyLog: true,
  },
  {
    name: "a class of the function's own",
    files: main('class Refused(Exception): pass', 'def handler(event, context):', '    raise Refused()'),
    answers: [error('Refused', '', [frame(3, 'handler', 'raise Refused()')])],
    log: logged('Refused', '', [frame(3, 'handler', 'raise Refused()')]).replace('Refused: ', 'Refused'),
  },
  {
    name: 'sys.exit(0)',
    files: main('import sys', 'def handler(event, context):', '    print("bye")', '    sys.exit(0)'),
    answers: [undefined],
    log: 'bye\n',
  },
  {
    name: 'sys.exit(3)',
    files: main('import sys', 'def handler(event, context):', '    sys.exit(3)'),
    answers: [undefined],
    exitCode: 3,
  },
  {
    name: 'os._exit',
    files: main('import os', 'def handler(event, context):', '    os._exit(4)'),
    answers: [undefined],
    exitCode: 4,
  },
  {
    name: '6 MB both ways',
    files: main('def handler(event, context):', '    return event'),
    events: [JSON.stringify('x'.repeat(6_291_454))],
    answers: [{ type: 'RESPONSE_NEXT', check: (payload) => assert.equal(payload.length, 6_291_456) }],
  },
  {
    name: 'the largest result, and one byte more',
    files: main('def handler(event, context):', '    return "x" * event'),
    events: ['6291554', '6291555', '1'],
    answers: [
      { type: 'RESPONSE_NEXT', check: (payload) => assert.equal(payload.length, 6_291_556) },
      { type: 'TOO_LARGE', text: '6291557' },
      respond('x'),
    ],
  },
  {
    name: 'unicode',
    files: main('def handler(event, context):', '    print(event)', '    return event + "ü€😀"'),
    events: ['"日本"'],
    answers: [respond('日本ü€😀')],
    log: '日本\n',
  },
  {
    name: 'outside ASCII up to 3.11',
    env: { AWS_EXECUTION_ENV: 'AWS_Lambda_python3.11' },
    files: main('def handler(event, context):', '    return "ü"'),
    answers: [{ type: 'RESPONSE_NEXT', text: '"\\u00fc"' }],
  },
  {
    name: 'outside ASCII from 3.12 on',
    env: { AWS_EXECUTION_ENV: 'AWS_Lambda_python3.12' },
    files: main('def handler(event, context):', '    return "ü"'),
    answers: [{ type: 'RESPONSE_NEXT', text: '"ü"' }],
  },
  {
    name: 'bytes',
    files: main('def handler(event, context):', '    return b"\\x00raw"'),
    answers: [{ type: 'RESPONSE_NEXT', text: '\0raw' }],
  },
  {
    name: 'decimals keep their digits',
    files: main(
      'from decimal import Decimal',
      'def handler(event, context):',
      '    return {"a": Decimal("1.10"), "b": [Decimal("12345678901234567890.123"), b"bytes"]}',
    ),
    answers: [{ type: 'RESPONSE_NEXT', text: '{"a": 1.10, "b": [12345678901234567890.123, "bytes"]}' }],
  },
  {
    name: 'nothing returned',
    files: main('def handler(event, context):', '    pass'),
    answers: [{ type: 'RESPONSE_NEXT', text: 'null' }],
  },
  {
    name: 'result with no JSON form',
    files: main('def handler(event, context):', '    return {1, 2}'),
    answers: [error('Runtime.MarshalError', 'Unable to marshal response: Object of type set is not JSON serializable')],
    log: logged('Runtime.MarshalError', 'Unable to marshal response: Object of type set is not JSON serializable'),
  },
  {
    name: 'circular result',
    files: main('def handler(event, context):', '    a = []', '    a.append(a)', '    return a'),
    answers: [error('Runtime.MarshalError', 'Unable to marshal response: Circular reference detected')],
    anyLog: true,
  },
  {
    name: 'a payload that is not JSON',
    files: main('def handler(event, context):', '    pass'),
    events: ['{'],
    answers: [
      {
        type: 'ERROR_NEXT',
        errorType: 'Runtime.UnmarshalError',
        check: (payload) => assert.match(JSON.parse(payload.toString('utf8')).errorMessage, /^Unable to unmarshal input: /),
      },
    ],
    anyLog: true,
  },
  {
    name: 'nested paths by slashes',
    files: { 'lib/deep/app.py': 'def run(event, context): return 1\n' },
    handler: 'lib/deep/app.run',
    answers: [respond(1)],
  },
  {
    name: 'nested paths by dots',
    files: { 'lib/deep/app.py': 'def run(event, context): return 1\n' },
    handler: 'lib.deep.app.run',
    answers: [respond(1)],
  },
  {
    name: 'text log',
    files: main(
      'import logging, sys',
      'logging.warning("init")',
      'def handler(event, context):',
      '    logging.info("hidden")',
      '    logging.getLogger("app").error("a\\nb %d", 1)',
      '    print("one\\ntwo")',
      '    context.log("raw\\n")',
      '    sys.stdout.write("no newline")',
      '    return 1',
    ),
    answers: [respond(1)],
    log: `[WARNING]\t<time>\t\tinit\n[ERROR]\t<time>\t${ID}\ta\rb 1\none\ntwo\nraw\nno newline`,
  },
  {
    name: 'logging is set up when the handler is the first to import it',
    files: main(
      'import sys',
      'before = "logging" in sys.modules',
      'def handler(event, context):',
      '    import logging.handlers',
      '    logging.getLogger().warning("late")',
      '    return [before, type(logging.__loader__).__name__, len(logging.getLogger().handlers)]',
    ),
    answers: [respond([false, 'SourceFileLoader', 1])],
    log: `[WARNING]\t<time>\t${ID}\tlate\n`,
  },
  {
    name: "a module of the function's own called logging",
    files: { ...main('import logging', 'def handler(event, context):', '    return logging.own'), 'logging.py': 'own = 1\n' },
    answers: [respond(1)],
  },
  {
    name: 'standard error',
    files: main('import sys', 'def handler(event, context):', '    print("err", file=sys.stderr)'),
    answers: [respond(null)],
    log: 'err\n',
  },
  {
    name: 'JSON log with a level',
    env: { AWS_LAMBDA_LOG_FORMAT: 'JSON', AWS_LAMBDA_LOG_LEVEL: 'INFO', AWS_EXECUTION_ENV: 'AWS_Lambda_python3.12' },
    files: main(
      'import logging',
      'def handler(event, context):',
      '    logging.debug("d")',
      '    logging.info("ü %d", 1, extra={"order": 7})',
      '    try: 1 / 0',
      '    except ZeroDivisionError: logging.exception("caught")',
      '    raise ValueError("t")',
    ),
    events: [{ payload: '{}', head: { tenantId: 'blue' } }],
    answers: [error('ValueError', 't', [frame(7, 'handler', 'raise ValueError("t")')])],
    log:
      `{"timestamp": "<time>", "level": "INFO", "message": "ü 1", "logger": "root", "requestId": "${ID}", "tenantId": "blue", "order": 7}\n` +
      `{"timestamp": "<time>", "level": "ERROR", "message": "caught", "logger": "root", "stackTrace": ["  File \\"/var/task/main.py\\", line 5, in handler\\n    try: 1 / 0\\n"], "errorType": "ZeroDivisionError", "errorMessage": "division by zero", "requestId": "${ID}", "location": "/var/task/main.py:handler:6", "tenantId": "blue"}\n` +
      `{"timestamp": "<time>", "level": "ERROR", "errorMessage": "t", "errorType": "ValueError", "requestId": "${ID}", "stackTrace": ["  File \\"/var/task/main.py\\", line 7, in handler\\n    raise ValueError(\\"t\\")\\n"]}\n`,
  },
  {
    name: 'everything printed is out before the answer',
    files: main('import sys', 'def handler(event, context):', '    sys.stdout.buffer.write(b"x" * 3000000)', '    return 1'),
    answers: [respond(1)],
    log: 'x'.repeat(3_000_000),
  },
  {
    name: 'threads go on at the next event',
    files: main(
      'import threading, time',
      'fired = threading.Event()',
      'def handler(event, context):',
      '    if event: threading.Timer(0.01, fired.set).start()',
      '    else: fired.wait(2)',
      '    return fired.is_set()',
    ),
    events: ['1', '0'],
    answers: [respond(false), respond(true)],
  },
  {
    name: 'no such module',
    files: {},
    events: [],
    answers: [initError('Runtime.ImportModuleError', "Unable to import module 'main': No module named 'main'")],
    log: logged('Runtime.ImportModuleError', "Unable to import module 'main': No module named 'main'"),
    exitCode: 1,
  },
  {
    name: 'no such module inside',
    files: { 'a/main.py': 'import leftpad\n' },
    handler: 'a/main.handler',
    events: [],
    answers: [initError('Runtime.ImportModuleError', "Unable to import module 'a/main': No module named 'leftpad'")],
    anyLog: true,
    exitCode: 1,
  },
  {
    name: 'no such handler',
    files: main(''),
    events: [],
    answers: [initError('Runtime.HandlerNotFound', "Handler 'handler' missing on module 'main'")],
    anyLog: true,
    exitCode: 1,
  },
  {
    name: 'bad handler',
    files: {},
    handler: 'main',
    events: [],
    answers: [initError('Runtime.MalformedHandlerName', "Bad handler 'main': not enough values to unpack (expected 2, got 1)")],
    anyLog: true,
    exitCode: 1,
  },
  {
    name: 'built-in module',
    files: {},
    handler: 'sys.handler',
    events: [],
    answers: [initError('Runtime.BuiltInModuleConflict', 'Cannot use built-in module sys as a handler module')],
    anyLog: true,
    exitCode: 1,
  },
  {
    name: 'syntax error',
    files: main('x = ('),
    events: [],
    answers: [
      {
        type: 'INIT_ERROR',
        errorType: 'Runtime.UserCodeSyntaxError',
        check: (payload) => {
          const { errorMessage, stackTrace } = JSON.parse(payload.toString('utf8'));
          assert.match(errorMessage, /^Syntax error in module 'main': /);
          assert.match(stackTrace[0], /main\.py" Line \d\n/);
        },
      },
    ],
    anyLog: true,
    exitCode: 1,
  },
  {
    name: 'an error while loading',
    files: main('raise LookupError("no settings")'),
    events: [],
    answers: [initError('LookupError', 'no settings', [frame(1, '<module>', 'raise LookupError("no settings")')])],
    log: logged('LookupError', 'no settings', [frame(1, '<module>', 'raise LookupError("no settings")')]),
    exitCode: 1,
  },
  { name: 'exit while loading', files: main('import sys', 'sys.exit(5)'), events: [], answers: [undefined], exitCode: 5 },
];
