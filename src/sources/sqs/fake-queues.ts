import { lambdaError } from '../../model/lambda-errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type {
  MessageQueues,
  OutgoingMessage,
  QueueDescription,
  ReceivedMessage,
  ReceiveRequest,
} from '../../ports/message-queue.ts';

interface Kept {
  readonly messageId: string;
  readonly message: OutgoingMessage;
  visibleAtMs: number;
  receives: number;
}

/** For tests: one queue in memory, with visibility by a clock that the test moves. */
export class FakeQueues implements MessageQueues {
  readonly kept: Kept[] = [];
  readonly receives: ReceiveRequest[] = [];
  description: QueueDescription = { visibilityTimeoutSeconds: 30, fifo: false };
  missing = false;
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();
  #number = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async describe(): Promise<QueueDescription> {
    return this.description;
  }

  async send(_queueArn: string, message: OutgoingMessage): Promise<string> {
    this.#number += 1;
    const messageId = `m${this.#number}`;
    this.kept.push({ messageId, message, visibleAtMs: 0, receives: 0 });
    for (const wake of this.#waiting) wake();
    return messageId;
  }

  async receive(_queueArn: string, request: ReceiveRequest): Promise<ReceivedMessage[]> {
    this.receives.push(request);
    if (this.missing) throw lambdaError('ServiceException', 'the queue is not there');
    const endMs = this.#clock.monotonic() + request.waitMs;
    for (;;) {
      const taken = this.#take(request);
      const leftMs = endMs - this.#clock.monotonic();
      if (taken.length > 0 || leftMs <= 0 || request.signal?.aborted) return taken;
      await this.#change(Math.min(1_000, leftMs), request.signal);
    }
  }

  async delete(_queueArn: string, receiptHandles: readonly string[]): Promise<void> {
    const gone = new Set(receiptHandles);
    this.kept.splice(0, Infinity, ...this.kept.filter((kept) => !gone.has(handleOf(kept))));
  }

  async changeVisibility(_queueArn: string, receiptHandles: readonly string[], seconds: number): Promise<void> {
    const changed = new Set(receiptHandles);
    for (const kept of this.kept) if (changed.has(handleOf(kept))) kept.visibleAtMs = this.#clock.now() + seconds * 1_000;
  }

  #take({ countMax, visibilityTimeoutSeconds = this.description.visibilityTimeoutSeconds }: ReceiveRequest): ReceivedMessage[] {
    const nowMs = this.#clock.now();
    const taken = this.kept.filter(({ visibleAtMs }) => visibleAtMs <= nowMs).slice(0, countMax);
    return taken.map((kept) => {
      kept.visibleAtMs = nowMs + visibilityTimeoutSeconds * 1_000;
      kept.receives += 1;
      return {
        messageId: kept.messageId,
        receiptHandle: handleOf(kept),
        body: kept.message.body,
        md5OfBody: 'md5',
        attributes: { ApproximateReceiveCount: String(kept.receives) },
        messageAttributes: kept.message.messageAttributes ?? {},
      };
    });
  }

  #change(leftMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel();
        this.#waiting.delete(end);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = this.#clock.setTimeout(end, leftMs);
      this.#waiting.add(end);
      signal?.addEventListener('abort', end, { once: true });
    });
  }
}

function handleOf({ messageId, receives }: Kept): string {
  return `${messageId}/${receives}`;
}
