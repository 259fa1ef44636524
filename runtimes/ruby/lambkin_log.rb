# frozen_string_literal: true

require 'logger'

module Lambkin
  # Where records of the log go: the newlines in one are written as carriage returns, so that it stays one.
  module Log
    class << self
      # Output appears at once, and `puts` and loggers on the standard outputs write whole records.
      def install
        $stdout.sync = true
        $stderr.sync = true
        Kernel.module_eval do
          def puts(*texts)
            Lambkin::Log.write(texts.flatten.map { |text| text.to_s.encode(Encoding::UTF_8, invalid: :replace, undef: :replace) }.join("\n"))
          end
        end
        ::Logger.prepend(StandardLogger)
      end

      def write(text)
        $stdout.write("#{text.chomp.tr("\n", "\r")}\n")
      end

      # The two records of an error.
      def error(message, report)
        write(message)
        write(JSON.pretty_generate(report.to_h))
      rescue JSON::GeneratorError
        write(report.to_json)
      end

      # A log device.
      def close; end
    end

    # The official client's line: with the request's id.
    class Formatter < ::Logger::Formatter
      def call(severity, time, progname, message)
        format("%s, [%s #%d] %5s %s -- %s: %s\n", severity[0], format_datetime(time), Process.pid, severity,
               $_global_aws_request_id, progname, msg2str(message))
      end
    end

    # Takes over loggers of the standard outputs, and those without any.
    module StandardLogger
      def initialize(device = nil, *rest, **options)
        standard = device.nil? || device.equal?($stdout) || device.equal?($stderr)
        super(standard ? Log : device, *rest, **options)
        @default_formatter = Formatter.new if standard
      end
    end
  end
end
