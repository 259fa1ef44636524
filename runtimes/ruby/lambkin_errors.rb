# frozen_string_literal: true

module Lambkin
  # An error as the caller of the function sees it, under the official client's names.
  class ErrorReport
    FRAMES_MAX = 100
    # Classes whose names may go into logs and metrics; any other could tell something of the function.
    KNOWN = %w[ArgumentError NoMethodError Exception StandardError NameError LoadError SystemExit SystemStackError].freeze
    private_constant :FRAMES_MAX, :KNOWN

    # The phase is `Function` or `Init`.
    def initialize(error, phase)
      @class_name = error.class.to_s
      @type = "#{phase}<#{@class_name}>"
      @message = error.message
      @frames = own_frames(error.backtrace_locations || [])
    end

    # The type for the platform.
    def header_type
      KNOWN.include?(@class_name) ? @type : 'Function<UserException>'
    end

    def to_h
      { errorMessage: @message, errorType: @type, stackTrace: @frames }
    end

    def to_json(*)
      JSON.generate(to_h)
    rescue JSON::GeneratorError
      JSON.generate(to_h.merge(errorMessage: @message.dup.force_encoding(Encoding::UTF_8).scrub))
    end

    private

    # The stack down to where the client called the function.
    def own_frames(locations)
      locations.first(FRAMES_MAX).map(&:to_s).take_while { |frame| !frame.start_with?(__dir__) }
    end
  end
end
