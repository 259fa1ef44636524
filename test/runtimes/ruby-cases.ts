import assert from 'node:assert/strict';
import type { ClientCase, ExpectedAnswer } from './client-case.ts';
import { FUNCTION_ARN, REQUEST_ID } from './client-process.ts';

const main = (...lines: string[]): Record<string, string> => ({ 'main.rb': `${lines.join('\n')}\n` });
const handler = (...lines: string[]): Record<string, string> => main('def handler(event:, context:)', ...lines, 'end');
const respond = (json: unknown): ExpectedAnswer => ({ type: 'RESPONSE_NEXT', json });

/** The stack's first frame has the line; what it calls the method differs between versions of Ruby. */
function failed(
  type: string,
  headerType: string,
  errorType: string,
  errorMessage: string | RegExp,
  line?: number,
): ExpectedAnswer {
  return {
    type,
    errorType: headerType,
    check: (payload) => {
      const error = JSON.parse(payload.toString('utf8')) as { errorMessage: string; errorType: string; stackTrace: string[] };
      assert.deepEqual(Object.keys(error), ['errorMessage', 'errorType', 'stackTrace']);
      assert.equal(error.errorType, errorType);
      if (typeof errorMessage === 'string') assert.equal(error.errorMessage, errorMessage);
      else assert.match(error.errorMessage, errorMessage);
      if (line !== undefined) assert.match(error.stackTrace[0] ?? '', new RegExp(`/main\\.rb:${line}:in `));
      assert.ok(!error.stackTrace.some((frame) => frame.includes('lambkin_')), 'none of our own frames');
    },
  };
}

/** What the client does under every version of Ruby. Source: the official client. */
export const RUBY_CASES: readonly ClientCase[] = [
  {
    name: 'echo',
    files: handler('event'),
    events: ['{"a":[1,"two",null]}', '7', '"ü 世界 \\u0000"'],
    answers: [
      { type: 'RESPONSE_NEXT', text: '{"a":[1,"two",null]}' },
      { type: 'RESPONSE_NEXT', text: '7' },
      respond('ü 世界 \u0000'),
    ],
  },
  {
    name: 'context',
    files: handler(
      '[context.get_remaining_time_in_millis.between?(1, 3000), context.aws_request_id, context.invoked_function_arn, context.function_name,',
      ' context.memory_limit_in_mb, context.tenant_id, context.client_context, context.identity, context.deadline_ms.is_a?(Integer), ENV["_X_AMZN_TRACE_ID"]]',
    ),
    env: { AWS_LAMBDA_FUNCTION_NAME: 'thumbnails', AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128' },
    events: [
      {
        payload: '{}',
        head: { trace: 'Root=1', clientContext: '{"custom":{"a":"ä"}}', cognito: '{"cognitoIdentityId":"i"}', tenantId: 'blue' },
      },
      '{}',
    ],
    answers: [
      respond([
        true,
        REQUEST_ID,
        FUNCTION_ARN,
        'thumbnails',
        '128',
        'blue',
        { custom: { a: 'ä' } },
        { cognitoIdentityId: 'i' },
        true,
        'Root=1',
      ]),
      respond([true, REQUEST_ID, FUNCTION_ARN, 'thumbnails', '128', null, null, null, true, null]),
    ],
  },
  {
    name: 'the channel is no part of the environment, nor open in child processes',
    files: handler('[ENV["_LAMBKIN_CHANNEL_FD"], `if [ -e /proc/self/fd/3 ]; then echo open; else echo closed; fi`.strip]'),
    answers: [respond([null, 'closed'])],
  },
  {
    name: 'a method of a module, in a folder',
    files: { 'src/main.rb': 'module Deep; class Handler; def self.run(event:, context:) = 42; end; end' },
    handler: 'src/main.Deep::Handler.run',
    answers: [respond(42)],
  },
  {
    name: 'a stream as the result is sent as it is',
    files: main('require "stringio"', 'def handler(event:, context:) = StringIO.new("not JSON")'),
    answers: [{ type: 'RESPONSE_NEXT', text: 'not JSON' }],
  },
  {
    name: 'the largest result, and one byte more',
    files: handler('"x" * event'),
    events: ['6291554', '6291555', '1'],
    answers: [
      { type: 'RESPONSE_NEXT', check: (payload) => assert.equal(payload.length, 6_291_556) },
      { type: 'TOO_LARGE', text: '6291557' },
      respond('x'),
    ],
  },
  {
    name: 'an error, and the next event is served',
    files: handler('raise ArgumentError, "no" if event["fail"]', '1'),
    events: ['{"fail":true}', '{}'],
    answers: [failed('ERROR_NEXT', 'Function<ArgumentError>', 'Function<ArgumentError>', 'no', 2), respond(1)],
    anyLog: true,
  },
  {
    name: "a class of the function's own is told to the caller alone",
    files: main('class Refused < StandardError; end', 'def handler(event:, context:) = raise(Refused, "ü")'),
    answers: [failed('ERROR_NEXT', 'Function<UserException>', 'Function<Refused>', 'ü', 2)],
    anyLog: true,
  },
  {
    name: 'a result with no JSON form',
    files: handler('Float::NAN'),
    answers: [failed('ERROR_NEXT', 'Function<UserException>', 'Function<JSON::GeneratorError>', /NaN/)],
    anyLog: true,
  },
  {
    name: 'mistakes in the code end the process',
    files: handler('nothing_of_that_name'),
    answers: [
      failed(
        'ERROR',
        'Function<NameError>',
        'Function<NameError>',
        /^undefined local variable or method .nothing_of_that_name/,
        2,
      ),
    ],
    anyLog: true,
    exitCode: 255,
  },
  {
    name: 'so does what is no StandardError, exit included',
    files: handler('exit 3'),
    answers: [failed('ERROR', 'Function<SystemExit>', 'Function<SystemExit>', 'exit')],
    anyLog: true,
    exitCode: 255,
  },
  { name: 'exit!', files: handler('exit! 3'), answers: [undefined], exitCode: 3 },
  {
    name: 'log',
    files: handler(
      'puts "a\\nb", [1, [nil, "c"]]',
      '$stdout.puts "raw"',
      'print "partial"',
      '$stderr.puts "error output"',
      'nil',
    ),
    answers: [respond(null)],
    log: 'a\rb\r1\r\rc\nraw\npartialerror output\n',
  },
  {
    name: 'loggers of the standard outputs',
    files: main(
      'require "logger"',
      'OWN = Logger.new("own.log") rescue nil',
      'def handler(event:, context:)',
      '  [Logger.new($stdout), Logger.new($stderr, progname: "thumbs"), Logger.new(nil)].each { |logger| logger.warn("w\\nx") }',
      '  Logger.new($stdout, formatter: ->(*, message) { "formatted #{message}\\n" }).info("i")',
      '  quiet = Logger.new($stdout, level: :error)',
      '  quiet.info("dropped")',
      '  OWN&.info("to a file")',
      '  File.read("own.log").include?("to a file")',
      'end',
    ),
    answers: [respond(true)],
    log: [
      `W, [<when>]  WARN ${REQUEST_ID} -- : w\rx`,
      `W, [<when>]  WARN ${REQUEST_ID} -- thumbs: w\rx`,
      `W, [<when>]  WARN ${REQUEST_ID} -- : w\rx`,
      'formatted i',
      '',
    ].join('\n'),
  },
  {
    name: 'no such file',
    files: {},
    events: [],
    answers: [failed('INIT_ERROR', 'Init<LoadError>', 'Init<LoadError>', /^cannot load such file -- main/)],
    anyLog: true,
    exitCode: 252,
  },
  {
    name: 'bad handler',
    files: {},
    handler: 'main',
    events: [],
    answers: [
      failed(
        'INIT_ERROR',
        'Init<ArgumentError>',
        'Init<ArgumentError>',
        /^Invalid handler \["main"\], must be of form FILENAME\.METHOD/,
      ),
    ],
    anyLog: true,
    exitCode: 252,
  },
  {
    name: 'an error while loading',
    files: main('raise IndexError, "no settings"'),
    events: [],
    answers: [failed('INIT_ERROR', 'Function<UserException>', 'Init<IndexError>', 'no settings', 1)],
    anyLog: true,
    exitCode: 252,
  },
  {
    name: 'syntax error',
    files: main('def handler('),
    events: [],
    answers: [failed('INIT_ERROR', 'Function<UserException>', 'Init<SyntaxError>', /syntax error/)],
    anyLog: true,
    exitCode: 252,
  },
];
