import type { Socket } from 'node:net';

/** First bytes of an HTTP/2 connection with prior knowledge (RFC 9113, section 3.4); no HTTP/1.1 method in use begins so. */
const HTTP2_PREFACE = 'PRI ';

/**
 * Tells the HTTP version of a new connection by its first bytes, which are put back, and calls `hand` once. A
 * connection that does not say enough within `timeoutMs` is cut, and `hand` is not called.
 */
export function sniffHttpVersion(socket: Socket, timeoutMs: number, hand: (isHttp2: boolean) => void): void {
  const cut = (): void => void socket.destroy();
  const seen: Buffer[] = [];
  const look = (): void => {
    const chunk = socket.read() as Buffer | null;
    if (chunk) seen.push(chunk);
    const first = Buffer.concat(seen);
    const text = first.toString('latin1', 0, HTTP2_PREFACE.length);
    const isOpen = text.length < HTTP2_PREFACE.length && HTTP2_PREFACE.startsWith(text);
    // `readable` without bytes is the end of the stream, or one of the calls that node makes in vain.
    if (isOpen) return;
    socket.off('readable', look);
    socket.off('end', cut);
    socket.off('timeout', cut);
    socket.off('error', cut);
    socket.setTimeout(0);
    socket.unshift(first);
    hand(text === HTTP2_PREFACE);
  };
  socket.on('error', cut);
  socket.on('end', cut);
  socket.on('timeout', cut);
  socket.setTimeout(timeoutMs);
  socket.on('readable', look);
}
