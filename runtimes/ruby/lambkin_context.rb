# frozen_string_literal: true

module Lambkin
  # What a handler gets as `context:`. Source: Lambda's page on the Ruby context object.
  class Context
    attr_reader :aws_request_id, :invoked_function_arn, :log_group_name, :log_stream_name, :function_name,
                :memory_limit_in_mb, :function_version, :identity, :client_context, :deadline_ms, :tenant_id

    def initialize(invocation)
      @aws_request_id = invocation['id']
      @invoked_function_arn = invocation['arn']
      @deadline_ms = invocation['deadlineMs']
      @tenant_id = invocation['tenantId']
      @identity = invocation['cognito'] && JSON.parse(invocation['cognito'])
      @client_context = invocation['clientContext'] && JSON.parse(invocation['clientContext'])
      @log_group_name = ENV['AWS_LAMBDA_LOG_GROUP_NAME']
      @log_stream_name = ENV['AWS_LAMBDA_LOG_STREAM_NAME']
      @function_name = ENV['AWS_LAMBDA_FUNCTION_NAME']
      @function_version = ENV['AWS_LAMBDA_FUNCTION_VERSION']
      @memory_limit_in_mb = ENV['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']
    end

    # Milliseconds until the function's time is over, never below 0.
    def get_remaining_time_in_millis
      [@deadline_ms - Process.clock_gettime(Process::CLOCK_REALTIME, :millisecond), 0].max
    end
  end
end
