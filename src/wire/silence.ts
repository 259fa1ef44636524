import type { Server as HttpServer } from 'node:http';
import type { Http2SecureServer, Http2Server } from 'node:http2';
import type { Socket } from 'node:net';
import type { HttpResponse } from './service.ts';

/** Requests of one HTTP/1.1 connection that are answered at the same time (pipelined); one more ends the connection. */
const PIPELINED_MAX = 64;

interface Exchange {
  response: HttpResponse;
  unfinished: number;
}

/**
 * Cuts HTTP/1.1 connections whose client stays silent for `silenceMs` while it owes us something: the rest of a body,
 * or the reading of an answer. A request that is complete may take as long as it likes, for an invocation lasts up to
 * 15 minutes. Gives the function to call for each request; false when the connection had to be cut.
 */
export function watchHttp1(server: HttpServer, silenceMs: number): (response: HttpResponse) => boolean {
  const exchanges = new WeakMap<Socket, Exchange>();
  server.setTimeout(silenceMs, (socket) => {
    const exchange = exchanges.get(socket);
    if (!exchange || exchange.unfinished === 0 || owes(exchange.response, socket)) socket.destroy();
  });
  return (response) => {
    const { socket } = response.req;
    const exchange = exchanges.get(socket) ?? { response, unfinished: 0 };
    exchanges.set(socket, exchange);
    exchange.response = response;
    exchange.unfinished += 1;
    response.once('close', () => (exchange.unfinished -= 1));
    if (exchange.unfinished <= PIPELINED_MAX) return true;
    socket.destroy();
    return false;
  };
}

/** The same for HTTP/2: streams with a silent client are cancelled, sessions without streams are closed. */
export function watchHttp2(server: Http2Server | Http2SecureServer, silenceMs: number): void {
  server.on('session', (session) => {
    let streams = 0;
    session.setTimeout(silenceMs, () => {
      if (streams === 0) session.destroy();
    });
    session.on('stream', (stream) => {
      streams += 1;
      stream.once('close', () => (streams -= 1));
    });
  });
  server.on('request', (request, response) => {
    request.stream.setTimeout(silenceMs, () => {
      const isBodyOwed = !request.complete && request.readableLength === 0;
      if (isBodyOwed || response.writableLength > 0) request.stream.destroy();
    });
  });
}

function owes(response: HttpResponse, socket: Socket): boolean {
  const request = response.req;
  return (!request.complete && request.readableLength === 0) || socket.writableLength > 0;
}
