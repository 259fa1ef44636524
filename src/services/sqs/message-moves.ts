import type { DocumentKey } from '../../ports/metadata-store.ts';
import type { MoveTarget } from '../../ports/event-queue.ts';
import { eventQueueOf, queueArn, type QueueRecord } from './queue-records.ts';
import type { SqsGround } from './sqs-ground.ts';

/** A message move task as it is stored. */
export interface MoveTask {
  readonly taskId: string;
  readonly sourceArn: string;
  readonly destinationArn?: string;
  readonly status: 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';
  readonly perSecondMax?: number;
  readonly moved: number;
  readonly toMove: number;
  readonly startedAtMs: number;
  readonly failureReason?: string;
}

interface Running {
  task: MoveTask;
  isCancelled: boolean;
}

const KIND = 'sqs-move-task';
/** Tasks kept of a queue, as AWS lists them. */
const KEPT_MAX = 10;
const STEP_MS = 100;
const STEPS_PER_SECOND = 10;
const STEP_COUNT_MAX = 50;

/** Moves messages out of dead-letter queues, step by step; what is moved is durable with each step. */
export class MessageMoves {
  readonly #ground: SqsGround;
  /** By the ARN of the source: one at a time. */
  readonly #running = new Map<string, Running>();
  #isClosed = false;

  constructor(ground: SqsGround) {
    this.#ground = ground;
  }

  /** Starts a task; resolves with its id when it is stored, to undefined when one of this source runs already. */
  async start(
    source: QueueRecord,
    target: MoveTarget,
    task: Pick<MoveTask, 'destinationArn' | 'perSecondMax'>,
  ): Promise<string | undefined> {
    const { clock, ids, queue } = this.#ground;
    const sourceArn = queueArn(source);
    if (this.#running.has(sourceArn)) return undefined;
    const begun: MoveTask = {
      ...task,
      taskId: ids.uuid(),
      sourceArn,
      status: 'RUNNING',
      moved: 0,
      toMove: 0,
      startedAtMs: clock.now(),
    };
    const running: Running = { task: begun, isCancelled: false };
    this.#running.set(sourceArn, running);
    try {
      const { visible } = await queue.counts(eventQueueOf(source));
      running.task = { ...begun, toMove: visible };
      await this.#save(source, running.task);
    } catch (error) {
      this.#running.delete(sourceArn);
      throw error;
    }
    void this.#step(source, target, running);
    return begun.taskId;
  }

  /** Ends a running task; what it has moved stays moved. Undefined when no task with this id runs. */
  async cancel(source: QueueRecord, taskId: string): Promise<number | undefined> {
    const running = this.#running.get(queueArn(source));
    if (running?.task.taskId !== taskId) return undefined;
    running.isCancelled = true;
    await this.#end(source, running, { status: 'CANCELLED' });
    return running.task.moved;
  }

  /** The queue's latest tasks, newest first. */
  async list(source: QueueRecord): Promise<readonly MoveTask[]> {
    const { account, region } = source;
    const page = await this.#ground.store.list<MoveTask>({
      account,
      region,
      kind: KIND,
      prefix: `${source.name} `,
      limit: KEPT_MAX * 2,
    });
    return page
      .map(({ body }) => this.#current(body))
      .toSorted((a, b) => b.startedAtMs - a.startedAtMs)
      .slice(0, KEPT_MAX);
  }

  close(): void {
    this.#isClosed = true;
  }

  /** A task that runs nowhere was cut off by the end of its server. */
  #current(stored: MoveTask): MoveTask {
    if (stored.status !== 'RUNNING') return stored;
    const running = this.#running.get(stored.sourceArn);
    if (running?.task.taskId === stored.taskId) return running.task;
    return { ...stored, status: 'FAILED', failureReason: 'The server was stopped.' };
  }

  async #step(source: QueueRecord, target: MoveTarget, running: Running): Promise<void> {
    const { clock, queue, logger } = this.#ground;
    try {
      if (running.isCancelled || this.#isClosed) return;
      const { perSecondMax } = running.task;
      const countMax = perSecondMax === undefined ? STEP_COUNT_MAX : Math.max(1, Math.floor(perSecondMax / STEPS_PER_SECOND));
      const count = await queue.move(eventQueueOf(source), target, countMax);
      running.task = { ...running.task, moved: running.task.moved + count };
      if (running.isCancelled) return;
      if (count < countMax) return await this.#end(source, running, { status: 'COMPLETED' });
      const pauseMs = perSecondMax === undefined ? STEP_MS : (1_000 * countMax) / perSecondMax;
      clock.setTimeout(() => void this.#step(source, target, running), pauseMs);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      logger.warn({ queue: source.name, error: reason }, 'a message move task has failed');
      await this.#end(source, running, { status: 'FAILED', failureReason: reason }).catch(() => undefined);
    }
  }

  async #end(source: QueueRecord, running: Running, end: Pick<MoveTask, 'status' | 'failureReason'>): Promise<void> {
    running.task = { ...running.task, ...end };
    this.#running.delete(running.task.sourceArn);
    await this.#save(source, running.task);
  }

  async #save(source: QueueRecord, task: MoveTask): Promise<void> {
    const { store } = this.#ground;
    const { account, region } = source;
    const key = (id: string): DocumentKey => ({ account, region, kind: KIND, id: `${source.name} ${id}` });
    const kept = await store.list<MoveTask>({ account, region, kind: KIND, prefix: `${source.name} `, limit: KEPT_MAX * 2 });
    const surplus = kept
      .filter(({ body }) => body.taskId !== task.taskId)
      .toSorted((a, b) => b.body.startedAtMs - a.body.startedAtMs)
      .slice(KEPT_MAX - 1);
    await store.commit([{ put: key(task.taskId), body: task }, ...surplus.map(({ key: old }) => ({ remove: old }))]);
  }
}
