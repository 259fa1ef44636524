# frozen_string_literal: true

# Lambkin's Ruby runtime client: what runs in an execution environment of the ruby runtimes.
#
# It behaves as the official client does and speaks the frames of ../PROTOCOL.md, not HTTP.

require 'json'
require_relative 'lambkin_channel'
require_relative 'lambkin_log'
require_relative 'lambkin_errors'
require_relative 'lambkin_handler'
require_relative 'lambkin_context'

module Lambkin
  EXIT_CRITICAL = -1
  EXIT_INIT_FAILED = -4

  def self.main
    Log.install
    # GEM_PATH is Lambda's; the gems that come with this Ruby are found besides.
    Gem.use_paths(Gem.dir, Gem.path | Gem.default_path)
    handler = load_handler
    Channel.ready
    loop { serve(handler, Channel.read_invoke) }
  end

  def self.load_handler
    task_root = ENV.fetch('LAMBDA_TASK_ROOT', Dir.pwd)
    $LOAD_PATH.unshift(task_root) unless $LOAD_PATH.include?(task_root)
    Handler.new(ENV.fetch('_HANDLER', '')).tap(&:load)
  rescue Exception => e # whatever the function's own code raises while it is loaded
    report = ErrorReport.new(e, 'Init')
    Log.error("Init error when loading handler #{ENV.fetch('_HANDLER', '')}", report)
    Channel.init_error(report.header_type, report.to_json)
    exit(EXIT_INIT_FAILED)
  end

  def self.serve(handler, invocation)
    # The official client's name: loggers of functions read it.
    $_global_aws_request_id = invocation['id']
    invocation['trace'] ? ENV['_X_AMZN_TRACE_ID'] = invocation['trace'] : ENV.delete('_X_AMZN_TRACE_ID')
    result = handler.call(JSON.parse(invocation['payload']), Context.new(invocation))
  rescue NameError => e # and NoMethodError: a mistake in the code, which the official client ends with
    fail_for_good(e)
  rescue StandardError => e
    report = ErrorReport.new(e, 'Function')
    Log.error('Error raised from handler method', report)
    Channel.fail_and_next(report.header_type, report.to_json)
  rescue Exception => e
    fail_for_good(e)
  else
    Channel.respond_and_next(result)
  end

  def self.fail_for_good(error)
    report = ErrorReport.new(error, 'Function')
    Log.error('Critical exception from handler', report)
    Channel.fail(report.header_type, report.to_json)
    exit(EXIT_CRITICAL)
  end
end

Lambkin.main
