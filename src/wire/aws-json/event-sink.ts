import { ServiceError } from '../../model/service-error.ts';
import { eventStreamMessage } from '../event-stream/message.ts';
import type { HttpResponse, RequestContext } from '../service.ts';
import type { BodyForm } from './body-form.ts';

/** An answer that goes on and on. */
export interface EventSink {
  /** Aborted when the client has gone away. */
  readonly signal: AbortSignal;
  /** Resolves when the client can take more. */
  send(type: string, event: object): Promise<void>;
}

/** An operation that answers with events. What it throws before `open` is an ordinary error; what comes after is the last event. */
export type AwsJsonStreamHandler = (
  input: Readonly<Record<string, unknown>>,
  context: RequestContext,
  open: () => EventSink,
) => Promise<void>;

/** Lets a handler answer with events. Rejects with what it throws before its first event. Source: event streams of the AWS SDKs. */
export async function answerWithEvents(
  handler: AwsJsonStreamHandler,
  input: Readonly<Record<string, unknown>>,
  context: RequestContext,
  response: HttpResponse,
  form: BodyForm,
): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const message = (headers: Readonly<Record<string, string>>, value: object): Buffer =>
    eventStreamMessage({ ...headers, ':content-type': form.contentType }, form.write(value));
  const open = (): EventSink => {
    response.writeHead(200, { 'Content-Type': 'application/vnd.amazon.eventstream', 'x-amzn-RequestId': context.requestId });
    response.write(message({ ':message-type': 'event', ':event-type': 'initial-response' }, {}));
    return {
      signal: gone.signal,
      send: async (type, event) => {
        if (gone.signal.aborted) return;
        if (response.write(message({ ':message-type': 'event', ':event-type': type }, event))) return;
        await new Promise<void>((resolve) => {
          response.once('drain', resolve);
          gone.signal.addEventListener('abort', () => resolve(), { once: true });
        });
      },
    };
  };
  try {
    await handler(input, context, open);
    response.end();
  } catch (error) {
    if (!response.headersSent || !(error instanceof ServiceError)) throw error;
    response.end(message({ ':message-type': 'exception', ':exception-type': error.code }, { message: error.message }));
  }
}
