import assert from 'node:assert/strict';
import type { ClientCase } from './client-case.ts';
import { FUNCTION_ARN, REQUEST_ID } from './client-process.ts';

const ID = REQUEST_ID;
const exported = (code: string): Record<string, string> => ({ 'main.js': `exports.handler = ${code}` });
const respond = (json: unknown) => ({ type: 'RESPONSE_NEXT', json });

function error(errorType: string, errorMessage: string, trace: readonly string[] = [`${errorType}: ${errorMessage}`]) {
  return {
    type: 'ERROR_NEXT',
    errorType: errorType.startsWith('Runtime.') ? errorType : 'Unhandled',
    text: JSON.stringify({ errorType, errorMessage, trace }),
  };
}

function initError(errorType: string, errorMessage: string) {
  return { ...error(errorType, errorMessage), type: 'INIT_ERROR' };
}

function logged(heading: string, id: string | undefined, errorType: string, errorMessage: string, more = ''): string {
  const stack = JSON.stringify([`${errorType}: ${errorMessage}`]);
  return `<time>\t${id}\tERROR\t${heading} \t{"errorType":"${errorType}","errorMessage":${JSON.stringify(errorMessage)},${more}"stack":${stack}}\n`;
}

const invokeError = (type: string, message: string, more?: string): string => logged('Invoke Error', ID, type, message, more);
const initLog = (type: string, message: string): string => logged('Uncaught Exception', undefined, type, message);

/** What every generation of the client does. */
export const NODE_CASES: readonly ClientCase[] = [
  {
    name: 'echo',
    files: exported('async (event) => event'),
    events: ['{"a":[1,"two",null]}', '7'],
    answers: [
      { type: 'RESPONSE_NEXT', text: '{"a":[1,"two",null]}' },
      { type: 'RESPONSE_NEXT', text: '7' },
    ],
  },
  {
    name: 'context',
    files: exported(
      'async (event, context) => { const left = context.getRemainingTimeInMillis(); return { ...context, left: left > 0 && left <= 3000, trace: process.env._X_AMZN_TRACE_ID } }',
    ),
    env: {
      AWS_LAMBDA_FUNCTION_NAME: 'thumbnails',
      AWS_LAMBDA_FUNCTION_VERSION: '3',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/thumbnails',
      AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
    },
    events: [
      {
        payload: '{}',
        head: {
          trace: 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700',
          clientContext: '{"custom":{"a":"b"}}',
          cognito: '{"cognitoIdentityId":"i"}',
          tenantId: 'blue',
        },
      },
      '{}',
    ],
    answers: [
      {
        type: 'RESPONSE_NEXT',
        check: (payload) => {
          const {
            callbackWaitsForEmptyEventLoop: _waits,
            xRayTraceId: _trace,
            ...context
          } = JSON.parse(payload.toString('utf8'));
          assert.deepEqual(context, {
            functionVersion: '3',
            functionName: 'thumbnails',
            memoryLimitInMB: '128',
            logGroupName: '/aws/lambda/thumbnails',
            logStreamName: 'stream',
            clientContext: { custom: { a: 'b' } },
            identity: { cognitoIdentityId: 'i' },
            invokedFunctionArn: FUNCTION_ARN,
            awsRequestId: ID,
            tenantId: 'blue',
            left: true,
            trace: 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700',
          });
        },
      },
      { type: 'RESPONSE_NEXT', check: (payload) => assert.equal(JSON.parse(payload.toString('utf8')).trace, undefined) },
    ],
  },
  {
    name: 'the channel is no part of the environment, nor open in child processes',
    files: exported(
      "async () => [process.env._LAMBKIN_CHANNEL_FD ?? null, require('node:child_process').execFileSync('sh', ['-c', 'if [ -e /proc/self/fd/3 ]; then echo open; else echo closed; fi'], { encoding: 'utf8' }).trim()]",
    ),
    answers: [respond([null, 'closed'])],
  },
  {
    name: 'async error, and the next event is served',
    files: exported("async (event) => { if (event.fail) throw new TypeError('no\\u007f'); return 1 }"),
    events: ['{"fail":true}', '{}'],
    answers: [error('TypeError', 'no%7F'), respond(1)],
    log: invokeError('TypeError', 'no\u007f'),
  },
  {
    name: 'sync error',
    files: exported("() => { throw new Error('at once') }"),
    answers: [error('Error', 'at once')],
    log: invokeError('Error', 'at once'),
  },
  {
    name: "an error of the function's own class with members",
    files: exported(
      "async () => { class Refused extends Error { name = 'Refused' } throw Object.assign(new Refused('no'), { code: 'E1', detail: { a: 1 } }) }",
    ),
    answers: [
      {
        type: 'ERROR_NEXT',
        errorType: 'Unhandled',
        check: (payload) =>
          assert.deepEqual(Object.entries(JSON.parse(payload.toString('utf8'))).slice(0, 2), [
            ['errorType', 'Refused'],
            ['errorMessage', 'no'],
          ]),
      },
    ],
    log: `<time>\t${ID}\tERROR\tInvoke Error \t{"errorType":"Refused","errorMessage":"no","code":"E1","name":"Refused","detail":{"a":1},"stack":["Refused: no"]}\n`,
  },
  {
    name: 'a thrown text',
    files: exported("async () => { throw 'plain' }"),
    answers: [error('string', 'plain', [])],
    log: invokeError('Error', 'plain'),
  },
  {
    name: 'exit 0',
    files: exported("async () => { console.log('bye'); process.exit(0) }"),
    answers: [undefined],
    log: `<time>\t${ID}\tINFO\tbye\n`,
  },
  { name: 'exit 1', files: exported('async () => process.exit(1)'), answers: [undefined], exitCode: 1 },
  {
    name: '6 MB both ways',
    files: exported('async (event) => event'),
    events: [JSON.stringify('x'.repeat(6_291_454))],
    answers: [{ type: 'RESPONSE_NEXT', check: (payload) => assert.equal(payload.length, 6_291_456) }],
  },
  {
    name: 'the largest result, and one byte more',
    files: exported("async (n) => 'x'.repeat(n)"),
    events: ['6291554', '6291555', '1'],
    answers: [
      { type: 'RESPONSE_NEXT', check: (payload) => assert.equal(payload.length, 6_291_556) },
      { type: 'TOO_LARGE', text: '6291557' },
      respond('x'),
    ],
  },
  {
    name: 'unicode',
    files: exported("async (event) => { console.log(event); return event + 'ü€😀' }"),
    events: ['"日本"'],
    answers: [{ type: 'RESPONSE_NEXT', text: '"日本ü€😀"' }],
    log: `<time>\t${ID}\tINFO\t日本\n`,
  },
  {
    name: 'results with no JSON text',
    files: exported('async () => undefined'),
    answers: [{ type: 'RESPONSE_NEXT', text: 'null' }],
  },
  { name: 'null result', files: exported('async () => null'), answers: [{ type: 'RESPONSE_NEXT', text: 'null' }] },
  {
    name: 'a payload that is not JSON',
    files: exported('async () => 1'),
    events: ['{'],
    answers: [
      {
        type: 'ERROR_NEXT',
        errorType: 'Unhandled',
        check: (payload) => assert.equal(JSON.parse(payload.toString('utf8')).errorType, 'SyntaxError'),
      },
    ],
    anyLog: true,
  },
  {
    name: 'timers go on at the next event',
    files: exported(
      "async (event) => { if (event.first) { setTimeout(() => { globalThis.fired = true }, 1); return 'set' } await new Promise((resolve) => setTimeout(resolve, 5)); return globalThis.fired }",
    ),
    events: ['{"first":true}', '{}'],
    answers: [respond('set'), respond(true)],
  },
  {
    name: 'nested paths',
    files: { 'lib/deep/app.js': 'exports.api = { v1: { run: async () => 1 } }' },
    handler: 'lib/deep/app.api.v1.run',
    answers: [respond(1)],
  },
  {
    name: 'a package of the function',
    files: { 'node_modules/app/index.js': 'exports.handler = async () => 1' },
    handler: 'app.handler',
    answers: [respond(1)],
  },
  {
    name: 'ES module by file name',
    files: {
      'main.mjs':
        "await null; import { basename } from 'node:path'; export const handler = async () => basename(import.meta.url)",
    },
    answers: [respond('main.mjs')],
  },
  {
    name: 'ES module by package.json',
    files: { 'package.json': '{"type":"module"}', 'main.js': 'export const handler = async () => typeof require' },
    answers: [respond('undefined')],
  },
  {
    name: 'CommonJS by file name',
    files: { 'package.json': '{"type":"module"}', 'main.cjs': 'exports.handler = async () => typeof require' },
    answers: [respond('function')],
  },
  {
    name: 'text log',
    files: exported(
      "async () => { console.log('a\\nb %d', 1); console.info({ a: { b: [1] } }); console.warn('w'); console.error('e'); console.debug('d'); console.log(); process.stdout.write('raw\\n'); return 1 }",
    ),
    answers: [respond(1)],
    log: `<time>\t${ID}\tINFO\ta\rb 1\n<time>\t${ID}\tINFO\t{ a: { b: [ 1 ] } }\n<time>\t${ID}\tWARN\tw\n<time>\t${ID}\tERROR\te\n<time>\t${ID}\tDEBUG\td\n<time>\t${ID}\tINFO\tundefined\nraw\n`,
  },
  {
    name: 'log of init',
    files: { 'main.js': "console.log('loading'); exports.handler = async () => 1" },
    answers: [respond(1)],
    log: '<time>\tundefined\tINFO\tloading\n',
  },
  {
    name: 'JSON log with a level',
    files: exported(
      "async () => { console.debug('d'); console.info('i'); console.log({ a: 1 }); console.warn('w %s', 1); console.error('e', new RangeError('r')); throw new TypeError('t') }",
    ),
    env: { AWS_LAMBDA_LOG_FORMAT: 'JSON', AWS_LAMBDA_LOG_LEVEL: 'INFO' },
    events: [{ payload: '{}', head: { tenantId: 'blue' } }],
    answers: [error('TypeError', 't')],
    log: [
      { level: 'INFO', message: 'i' },
      { level: 'INFO', message: { a: 1 } },
      { level: 'WARN', message: 'w 1' },
      { level: 'ERROR', message: 'e RangeError: r', errorType: 'RangeError', errorMessage: 'r', stackTrace: ['RangeError: r'] },
      { level: 'ERROR', message: { errorType: 'TypeError', errorMessage: 't', stackTrace: ['TypeError: t'] } },
    ]
      .map(
        ({ level, ...rest }) => `${JSON.stringify({ timestamp: '<time>', level, requestId: ID, tenantId: 'blue', ...rest })}\n`,
      )
      .join(''),
  },
  {
    name: 'everything printed is out before the answer',
    files: exported("async () => { process.stdout.write('x'.repeat(3_000_000)); return 1 }"),
    answers: [respond(1)],
    log: 'x'.repeat(3_000_000),
  },
  {
    name: 'streamed answer',
    files: exported(
      "awslambda.streamifyResponse(async (event, stream) => { stream.setContentType('text/plain'); stream.write('a'); stream.end('b') })",
    ),
    answers: [{ type: 'STREAM_END_NEXT', text: 'ab' }],
  },
  {
    name: 'streamed answer with a prelude',
    files: exported(
      "awslambda.streamifyResponse(async (event, stream) => { const http = awslambda.HttpResponseStream.from(stream, { statusCode: 201 }); http.end('b') })",
    ),
    answers: [{ type: 'STREAM_END_NEXT', text: '{"statusCode":201}\0\0\0\0\0\0\0\0b' }],
  },
  {
    name: 'streamed answer that fails',
    files: exported("awslambda.streamifyResponse(async (event, stream) => { stream.write('a'); throw new Error('late') })"),
    answers: [{ ...error('Error', 'late'), type: 'STREAM_END_NEXT' }],
    log: invokeError('Error', 'late'),
  },
  {
    name: 'streaming handler that fails before its first byte, or writes nothing',
    files: exported(
      "awslambda.streamifyResponse(async (event, stream) => { if (event.fail) throw new Error('early'); stream.end() })",
    ),
    events: ['{"fail":true}', '{}', '{"fail":true}'],
    answers: [error('Error', 'early'), { type: 'STREAM_END_NEXT', text: '' }, error('Error', 'early')],
    log: invokeError('Error', 'early') + invokeError('Error', 'early'),
  },
];

/** Init that fails, in the words of every generation. */
export const NODE_INIT_CASES: readonly ClientCase[] = [
  {
    name: 'no such module',
    files: {},
    events: [],
    answers: [
      {
        type: 'INIT_ERROR',
        errorType: 'Runtime.ImportModuleError',
        check: (payload) =>
          assert.match(JSON.parse(payload.toString('utf8')).errorMessage, /^Error: Cannot find module 'main'\nRequire stack:/),
      },
    ],
    anyLog: true,
  },
  {
    name: 'no such module inside',
    files: { 'main.js': "require('left-pad')" },
    events: [],
    answers: [
      {
        type: 'INIT_ERROR',
        errorType: 'Runtime.ImportModuleError',
        check: (payload) =>
          assert.match(JSON.parse(payload.toString('utf8')).errorMessage, /^Error: Cannot find module 'left-pad'\n/),
      },
    ],
    anyLog: true,
  },
  {
    name: 'no such export',
    files: { 'main.js': '' },
    events: [],
    answers: [initError('Runtime.HandlerNotFound', 'main.handler is undefined or not exported')],
    log: initLog('Runtime.HandlerNotFound', 'main.handler is undefined or not exported'),
  },
  {
    name: 'export that is no function',
    files: { 'main.js': 'exports.handler = 1' },
    events: [],
    answers: [initError('Runtime.HandlerNotFound', 'main.handler is not a function')],
    log: initLog('Runtime.HandlerNotFound', 'main.handler is not a function'),
  },
  {
    name: 'bad handler',
    files: {},
    handler: 'main',
    events: [],
    answers: [initError('Runtime.MalformedHandlerName', 'Bad handler')],
    log: initLog('Runtime.MalformedHandlerName', 'Bad handler'),
  },
  {
    name: 'a path upwards',
    files: {},
    handler: '../main.handler',
    events: [],
    answers: [
      initError(
        'Runtime.MalformedHandlerName',
        "'../main.handler' is not a valid handler name. Use absolute paths when specifying root directories in handler names.",
      ),
    ],
    log: initLog(
      'Runtime.MalformedHandlerName',
      "'../main.handler' is not a valid handler name. Use absolute paths when specifying root directories in handler names.",
    ),
  },
  {
    name: 'an error while loading',
    files: { 'main.js': "throw new RangeError('no settings')" },
    events: [],
    answers: [initError('RangeError', 'no settings')],
    log: initLog('RangeError', 'no settings'),
  },
];

/** What the 3.x client alone does. */
export const NODE_LEGACY_CASES: readonly ClientCase[] = [
  {
    name: 'circular result',
    files: exported('async () => { const a = {}; a.a = a; return a }'),
    answers: [error('Error', 'Unable to stringify response body')],
    log: invokeError('Error', 'Unable to stringify response body'),
  },
  {
    name: 'syntax error',
    files: { 'main.js': 'exports.handler = async () => { let let }' },
    events: [],
    exitCode: 129,
    answers: [initError('Runtime.UserCodeSyntaxError', 'SyntaxError: let is disallowed as a lexically bound name')],
    log: initLog('Runtime.UserCodeSyntaxError', 'SyntaxError: let is disallowed as a lexically bound name'),
  },
  {
    name: 'callback with a result',
    files: exported("(event, context, callback) => { setTimeout(() => callback(null, 'done'), 1) }"),
    answers: [respond('done')],
  },
  {
    name: 'callback waits for the event loop',
    files: exported("(event, context, callback) => { setTimeout(() => console.log('timer'), 5); callback(null, 1) }"),
    answers: [respond(1)],
    log: `<time>\t${ID}\tINFO\ttimer\n`,
  },
  {
    name: 'callback that does not wait',
    files: exported(
      '(event, context, callback) => { context.callbackWaitsForEmptyEventLoop = false; setTimeout(() => {}, 60_000); callback(null, event) }',
    ),
    events: ['1', '2'],
    answers: [respond(1), respond(2)],
  },
  {
    name: 'callback with an error',
    files: exported("(event, context, callback) => callback(new Error('no'))"),
    answers: [error('Error', 'no')],
    log: invokeError('Error', 'no'),
  },
  {
    name: 'callback with a text',
    files: exported("(event, context, callback) => callback('no')"),
    answers: [error('string', 'no', [])],
    log: invokeError('Error', 'no'),
  },
  {
    name: 'only the first call counts',
    files: exported("(event, context, callback) => { context.succeed(1); context.fail('no'); callback(null, 2) }"),
    events: ['{}', '{}'],
    answers: [respond(1), respond(1)],
  },
  { name: 'context.done', files: exported('(event, context) => context.done(null, 1)'), answers: [respond(1)] },
  {
    name: 'context.fail without an error',
    files: exported('(event, context) => context.fail()'),
    answers: [error('string', 'handled', [])],
    log: invokeError('Error', 'handled'),
  },
  { name: 'callback never called', files: exported('() => {}'), events: ['1', '2'], answers: [respond(null), respond(null)] },
  { name: 'a returned value is ignored', files: exported('() => 1'), answers: [respond(null)] },
  {
    name: 'promise never settled, and the next event is served',
    files: exported('async (event) => event.hang ? new Promise(() => {}) : 1'),
    events: ['{"hang":true}', '{}'],
    answers: [{ type: 'ERROR_NEXT', errorType: 'Runtime.NodeJsExit' }, respond(1)],
    anyLog: true,
  },
  {
    name: 'unhandled rejection',
    files: exported(
      "async () => { Promise.reject(new TypeError('lost')); await new Promise((resolve) => setTimeout(resolve, 50)) }",
    ),
    answers: [{ ...error('Runtime.UnhandledPromiseRejection', 'TypeError: lost'), type: 'ERROR' }],
    log: logged(
      'Unhandled Promise Rejection',
      ID,
      'Runtime.UnhandledPromiseRejection',
      'TypeError: lost',
      '"reason":{"errorType":"TypeError","errorMessage":"lost","stack":["TypeError: lost"]},"promise":{},',
    ),
    exitCode: 128,
  },
  {
    name: 'unhandled rejection of init',
    files: { 'main.js': "Promise.reject('lost'); exports.handler = async () => 1" },
    events: [],
    answers: [initError('Runtime.UnhandledPromiseRejection', 'lost')],
    anyLog: true,
    exitCode: 128,
  },
  {
    name: 'uncaught exception',
    files: exported(
      "async () => { setTimeout(() => { throw new Error('loose') }, 1); await new Promise((resolve) => setTimeout(resolve, 50)) }",
    ),
    answers: [{ ...error('Error', 'loose'), type: 'ERROR' }],
    log: logged('Uncaught Exception', ID, 'Error', 'loose'),
    exitCode: 129,
  },
];

/** What the 4.x client alone does. */
/** A case of both generations as the fourth has it: another heading, another stand-in for the request id, names told twice. */
export function asCurrent(entry: ClientCase): ClientCase {
  if (entry.log === undefined) return entry;
  const log = entry.log
    .replaceAll('\tundefined\t', '\t-\t')
    .replaceAll('Uncaught Exception', 'Init Error')
    .replaceAll(/("errorMessage":"(?:[^"\\]|\\.)*"),"stack":\["(Runtime\.\w+)/g, '$1,"name":"$2","stack":["$2');
  return { ...entry, log };
}

export const NODE_CURRENT_CASES: readonly ClientCase[] = [
  {
    name: 'circular result',
    files: exported('async () => { const a = {}; a.a = a; return a }'),
    answers: [error('Runtime.JSONStringifyError', 'Unable to stringify response body')],
    log: invokeError('Runtime.JSONStringifyError', 'Unable to stringify response body', '"name":"Runtime.JSONStringifyError",'),
  },
  {
    name: 'syntax error',
    files: { 'main.js': 'exports.handler = async () => { let let }' },
    events: [],
    answers: [
      {
        type: 'INIT_ERROR',
        errorType: 'Runtime.UserCodeSyntaxError',
        json: {
          errorType: 'Runtime.UserCodeSyntaxError',
          errorMessage: 'SyntaxError: let is disallowed as a lexically bound name',
          trace: [
            '/var/task/main.js:1',
            'exports.handler = async () => { let let }',
            '                                    ^^^',
            '',
            'SyntaxError: let is disallowed as a lexically bound name',
          ],
        },
      },
    ],
    anyLog: true,
    exitCode: 1,
  },
  { name: 'a plain returned value', files: exported('(event) => event'), events: ['1'], answers: [respond(1)] },
  { name: 'a default export', files: { 'main.mjs': 'export default { handler: async () => 1 }' }, answers: [respond(1)] },
  {
    name: 'callback handler',
    files: exported('(event, context, callback) => callback()'),
    events: [],
    answers: [{ type: 'INIT_ERROR', errorType: 'Runtime.CallbackHandlerDeprecated' }],
    anyLog: true,
    exitCode: 1,
  },
  {
    name: 'no callback forms',
    files: exported('async (event, context) => [typeof context.done, typeof context.succeed, typeof context.fail]'),
    answers: [respond(['undefined', 'undefined', 'undefined'])],
  },
  { name: 'promise never settled', files: exported('() => new Promise(() => {})'), answers: [undefined] },
  {
    name: 'unhandled rejection',
    files: exported("async () => { Promise.reject(new TypeError('lost')); return 1 }"),
    answers: [undefined],
    anyLog: true,
    exitCode: 1,
  },
  {
    name: 'uncaught exception',
    files: exported(
      "async () => { setTimeout(() => { throw new Error('loose') }, 1); await new Promise((resolve) => setTimeout(resolve, 50)) }",
    ),
    answers: [undefined],
    anyLog: true,
    exitCode: 1,
  },
];
