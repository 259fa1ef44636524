# frozen_string_literal: true

# The corpus for Ruby: what an event asks for under "do".

require 'logger'

class CorpusError < StandardError; end

raise 'init failed' if ENV['CORPUS_INIT'] == 'fail'

$calls = 0

def described(context)
  {
    requestId: context.aws_request_id,
    arn: context.invoked_function_arn,
    name: context.function_name,
    version: context.function_version,
    memory: context.memory_limit_in_mb,
    logGroup: context.log_group_name,
    logStream: context.log_stream_name,
    remainingMs: context.get_remaining_time_in_millis,
    clientCustom: context.client_context&.dig('custom', 'key')
  }
end

def log
  $stdout.puts 'raw line'
  logger = Logger.new($stdout)
  %i[debug info warn error].each { |level| logger.public_send(level, "a #{level}") }
  true
end

def layered
  require 'layered'
  LAYERED
end

ACTIONS = {
  'echo' => ->(event, _context) { event['value'] },
  'context' => ->(_event, context) { described(context) },
  'environment' => ->(event, _context) { event['names'].to_h { |name| [name, ENV[name]] } },
  'calls' => ->(_event, _context) { $calls },
  'error' => ->(event, _context) { raise CorpusError, event['text'] },
  'exit' => ->(_event, _context) { exit!(3) },
  'hang' => ->(_event, _context) { sleep 60 },
  'unhandled' => ->(event, _context) { raise Exception, event['text'] },
  'length' => ->(event, _context) { event['text'].length },
  'large' => ->(event, _context) { 'x' * event['bytes'] },
  'reverse' => ->(event, _context) { [event['text'].unpack1('m0').reverse].pack('m0') },
  'log' => ->(_event, _context) { log },
  'layer' => ->(_event, _context) { layered }
}.freeze

def handler(event:, context:)
  $calls += 1
  ACTIONS[event['do']].call(event, context)
end
