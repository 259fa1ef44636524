# frozen_string_literal: true

module Lambkin
  # The framed Runtime protocol (../PROTOCOL.md) over a blocking descriptor.
  module Channel
    RESPONSE_BYTES_MAX = 6_291_556
    INVOKE = 0x01
    RESPONSE_NEXT = 0x11
    ERROR_NEXT = 0x12
    INIT_ERROR = 0x13
    READY = 0x14
    ERROR = 0x16
    TOO_LARGE = 0x18

    # Nothing that the function starts should learn of the descriptor.
    SOCKET = IO.for_fd(Integer(ENV.delete('_LAMBKIN_CHANNEL_FD') || '3'), 'r+b')
    SOCKET.close_on_exec = true
    SOCKET.sync = true
    private_constant :SOCKET

    class << self
      # Blocks until the next event; ends the process when the server is gone.
      def read_invoke
        frame = read(read(4).unpack1('N'))
        raise "unexpected frame #{frame.getbyte(0)}" unless frame.getbyte(0) == INVOKE

        head_bytes = frame.byteslice(1, 4).unpack1('N')
        invocation = JSON.parse(frame.byteslice(5, head_bytes).force_encoding(Encoding::UTF_8))
        invocation['payload'] = frame.byteslice(5 + head_bytes, frame.bytesize).force_encoding(Encoding::UTF_8)
        invocation
      end

      # The first request for an event.
      def ready
        write([1, READY].pack('NC'))
      end

      # The handler's result, and the request for the next event.
      def respond_and_next(payload)
        if payload.bytesize > RESPONSE_BYTES_MAX
          send_frame(TOO_LARGE, '', payload.bytesize.to_s)
        else
          send_frame(RESPONSE_NEXT, '', payload)
        end
      end

      # The handler's error, and the request for the next event.
      def fail_and_next(type, payload)
        send_frame(ERROR_NEXT, JSON.generate({ type: type }), payload)
      end

      # The handler's error, after which the process ends.
      def fail(type, payload)
        send_frame(ERROR, JSON.generate({ type: type }), payload)
      end

      # Init failed; the process should then end.
      def init_error(type, payload)
        send_frame(INIT_ERROR, JSON.generate({ type: type }), payload)
      end

      private

      def send_frame(kind, head, payload)
        $stdout.flush
        $stderr.flush
        write([5 + head.bytesize + payload.bytesize, kind, head.bytesize].pack('NCN') + head.b + payload.b)
      end

      def read(count)
        bytes = String.new(capacity: count, encoding: Encoding::BINARY)
        bytes << SOCKET.sysread(count - bytes.bytesize) while bytes.bytesize < count
        bytes
      rescue EOFError, Errno::ECONNRESET
        exit!(0)
      end

      def write(bytes)
        bytes = bytes.byteslice(SOCKET.syswrite(bytes)..) until bytes.empty?
      end
    end
  end
end
