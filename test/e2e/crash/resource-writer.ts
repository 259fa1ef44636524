import assert from 'node:assert/strict';
import { type LambdaAnswer, type Members, RawLambda } from '../../raw/raw-lambda.ts';
import type { RawConnections } from '../../raw/raw-connection.ts';
import { createQueue } from '../../raw/raw-queues.ts';
import type { Random } from '../../fuzz/random.ts';
import { zip } from '../zip.ts';
import type { Writer } from './writer.ts';

const FUNCTION = 'resources';
const PACKAGE = { ZipFile: await zip({ 'index.js': 'exports.handler = async () => "resources";' }) };

/** A kind of resource: how one is made, named by the answer, read and removed. */
interface Kind {
  readonly make: (n: number, account: string) => readonly [string, Members];
  /** What reading and removing name it by, from the request and the answer. */
  readonly id: (answer: Members, request: Members) => Members;
  readonly read: string;
  readonly remove: string;
  /** False for a setting, which a second call replaces. */
  readonly isMany: boolean;
}

const pick = (from: Members, ...names: string[]): Members => Object.fromEntries(names.map((name) => [name, from[name]]));

const KINDS: readonly Kind[] = [
  {
    make: (n) => ['PublishLayerVersion', { LayerName: `layer-${n % 3}`, Description: `d${n}`, Content: PACKAGE }],
    id: (answer, request) => ({ LayerName: request['LayerName'], VersionNumber: answer['Version'] }),
    read: 'GetLayerVersion',
    remove: 'DeleteLayerVersion',
    isMany: true,
  },
  {
    make: (n, account) => [
      'CreateEventSourceMapping',
      { FunctionName: FUNCTION, EventSourceArn: `arn:aws:sqs:us-east-1:${account}:queue-${n}`, Enabled: false },
    ],
    id: (answer) => pick(answer, 'UUID'),
    read: 'GetEventSourceMapping',
    remove: 'DeleteEventSourceMapping',
    isMany: true,
  },
  {
    make: (n) => [
      'CreateCodeSigningConfig',
      {
        Description: `d${n}`,
        AllowedPublishers: {
          SigningProfileVersionArns: ['arn:aws:signer:us-east-1:123456789012:/signing-profiles/mine/0123456789'],
        },
      },
    ],
    id: (answer) => pick(answer['CodeSigningConfig'] as Members, 'CodeSigningConfigArn'),
    read: 'GetCodeSigningConfig',
    remove: 'DeleteCodeSigningConfig',
    isMany: true,
  },
  {
    make: (n) => ['CreateFunctionUrlConfig', { FunctionName: FUNCTION, AuthType: n % 2 === 0 ? 'NONE' : 'AWS_IAM' }],
    id: (_, request) => pick(request, 'FunctionName'),
    read: 'GetFunctionUrlConfig',
    remove: 'DeleteFunctionUrlConfig',
    isMany: false,
  },
  {
    make: (n) => ['PutFunctionEventInvokeConfig', { FunctionName: FUNCTION, MaximumEventAgeInSeconds: 60 + (n % 1_000) }],
    id: (_, request) => pick(request, 'FunctionName'),
    read: 'GetFunctionEventInvokeConfig',
    remove: 'DeleteFunctionEventInvokeConfig',
    isMany: false,
  },
];

interface Made {
  readonly kind: Kind;
  readonly id: Members;
  /** As it was read after it was made; undefined when the crash came between. */
  seen: Members | undefined;
}

/** Makes the function that mappings and settings are of. */
export async function makeResourceFunction(connections: RawConnections, account: string): Promise<void> {
  const answer = await new RawLambda(connections, account).call('CreateFunction', {
    FunctionName: FUNCTION,
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Role: `arn:aws:iam::${account}:role/any`,
    Code: PACKAGE,
  });
  assert.equal(answer.status, 201, answer.body.toString());
}

/** Makes and removes layers, mappings, signing configurations, URLs and event settings. */
export class ResourceWriter implements Writer {
  readonly account: string;
  readonly #random: Random;
  readonly #made = new Set<Made>();
  #underway: { readonly kind: Kind; readonly removing?: Made } | undefined;
  #count = 0;

  constructor(account: string, random: Random) {
    this.account = account;
    this.#random = random;
  }

  async write(connections: RawConnections, acknowledged: () => void): Promise<void> {
    const lambda = new RawLambda(connections, this.account);
    for (;;) {
      const kind = this.#random.pick(KINDS);
      const same = [...this.#made].filter((made) => made.kind === kind);
      const isFull = same.length >= (kind.isMany ? 6 : 1);
      if (isFull) await this.#remove(lambda, this.#random.pick(same));
      else await this.#make(lambda, kind);
      acknowledged();
    }
  }

  async check(connections: RawConnections): Promise<'done' | 'undone' | 'nothing'> {
    const lambda = new RawLambda(connections, this.account);
    const underway = this.#underway;
    this.#underway = undefined;
    let fate: 'done' | 'undone' | 'nothing' = underway ? 'undone' : 'nothing';
    for (const made of this.#made) {
      const now = await this.#read(lambda, made);
      if (underway?.removing === made && now === undefined) {
        this.#made.delete(made);
        fate = 'done';
        continue;
      }
      assert.ok(now, `${made.kind.read} ${JSON.stringify(made.id)} was made, but is not there`);
      if (made.seen) assert.deepEqual(now, made.seen);
      made.seen = now;
    }
    // One that was not acknowledged has no name that we know; readAccount has read it whole if it is there.
    if (underway && !underway.removing && !underway.kind.isMany) fate = await this.#adopt(lambda, underway.kind);
    return fate;
  }

  async #make(lambda: RawLambda, kind: Kind): Promise<void> {
    this.#count += 1;
    const [operation, request] = kind.make(this.#count, this.account);
    // Mappings are of queues that exist, and of a queue and a function there is one at most.
    if (operation === 'CreateEventSourceMapping') await createQueue(lambda, `queue-${this.#count}`);
    this.#underway = { kind };
    const answer = await lambda.call(operation, request);
    assert.ok(answer.status < 300, `${operation}: ${answer.status} ${answer.body.toString()}`);
    this.#underway = undefined;
    const made: Made = { kind, id: kind.id(answer.json, request), seen: undefined };
    this.#made.add(made);
    made.seen = await this.#read(lambda, made);
    assert.ok(made.seen, operation);
  }

  async #remove(lambda: RawLambda, made: Made): Promise<void> {
    this.#underway = { kind: made.kind, removing: made };
    const answer = await lambda.call(made.kind.remove, made.id);
    // A mapping that is only just becoming what it is can not be removed yet.
    if (answer.error?.code === 'ResourceInUseException') return;
    assert.ok(answer.status < 300, `${made.kind.remove}: ${answer.status} ${answer.body.toString()}`);
    this.#underway = undefined;
    this.#made.delete(made);
  }

  /** A setting that there is one of at most: it is there, whole, or not. */
  async #adopt(lambda: RawLambda, kind: Kind): Promise<'done' | 'undone'> {
    const made: Made = { kind, id: { FunctionName: FUNCTION }, seen: undefined };
    made.seen = await this.#read(lambda, made);
    if (made.seen) this.#made.add(made);
    return made.seen ? 'done' : 'undone';
  }

  async #read(lambda: RawLambda, { kind, id }: Made): Promise<Members | undefined> {
    const answer = await lambda.call(kind.read, id);
    if (answer.status === 404 || answer.json['State'] === 'Deleting') return undefined;
    assert.equal(answer.status, 200, answer.body.toString());
    return lasting(answer);
  }
}

/** Without what changes by itself: states on their way, and links that are signed anew. */
function lasting({ json }: LambdaAnswer): Members {
  const { State: _state, StateTransitionReason: _reason, LastModified: _time, ...rest } = json;
  const { Location: _location, ...content } = (rest['Content'] ?? {}) as Members;
  return 'Content' in rest ? { ...rest, Content: content } : rest;
}
