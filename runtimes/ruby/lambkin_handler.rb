# frozen_string_literal: true

require 'stringio'

module Lambkin
  # The method that `_HANDLER` names: `file.method` or `file.Module.method`.
  class Handler
    def initialize(name)
      parts = name.split('.')
      unless [2, 3].include?(parts.size)
        raise ArgumentError,
              "Invalid handler #{parts}, must be of form FILENAME.METHOD or FILENAME.CLASS.METHOD where FILENAME " \
              'corresponds with an existing Ruby source file FILENAME.rb, CLASS is an optional module/class namespace ' \
              'and METHOD is a callable method. If using CLASS, METHOD must be a class-level method.'
      end
      @file = parts.first
      @module_name = parts.size == 3 ? parts[1] : nil
      @method_name = parts.last
    end

    # Runs the file. Raises whatever it raises.
    def load
      require @file
    end

    # The result as the bytes of the answer; a stream's content is taken as it is, anything else becomes JSON.
    def call(event, context)
      receiver = @module_name ? Object.const_get(@module_name) : Object.new
      result = receiver.__send__(@method_name, event: event, context: context)
      case result
      when StringIO, IO then result.read
      else result.to_json
      end
    end
  end
end
