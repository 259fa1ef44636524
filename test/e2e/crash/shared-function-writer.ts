import assert from 'node:assert/strict';
import { type Members, RawLambda } from '../../raw/raw-lambda.ts';
import type { RawConnections } from '../../raw/raw-connection.ts';
import type { Random } from '../../fuzz/random.ts';
import { zip } from '../zip.ts';
import type { Writer } from './writer.ts';

const NAME = 'shared';
const ITEMS = 3;

/** What a function can have many of: how one is added, removed, and which are there. */
interface Kind {
  readonly add: (lambda: RawLambda, item: string, value: string) => Promise<{ readonly status: number }>;
  readonly remove: (lambda: RawLambda, item: string) => Promise<{ readonly status: number }>;
  /** All that are there, with their values. */
  readonly list: (lambda: RawLambda) => Promise<ReadonlyMap<string, string>>;
}

const arn = (lambda: RawLambda): string => `arn:aws:lambda:us-east-1:${lambda.account}:function:${NAME}`;

const KINDS: Readonly<Record<string, Kind>> = {
  tag: {
    add: (lambda, item, value) => lambda.call('TagResource', { Resource: arn(lambda), Tags: { [item]: value } }),
    remove: (lambda, item) => lambda.call('UntagResource', { Resource: arn(lambda), TagKeys: [item] }),
    list: async (lambda) => {
      const { json } = await lambda.call('ListTags', { Resource: arn(lambda) });
      return new Map(Object.entries(json['Tags'] as Record<string, string>));
    },
  },
  statement: {
    add: (lambda, item, value) =>
      lambda.call('AddPermission', {
        FunctionName: NAME,
        StatementId: item,
        Action: 'lambda:InvokeFunction',
        Principal: 's3.amazonaws.com',
        SourceArn: `arn:aws:s3:::${value}`,
      }),
    remove: (lambda, item) => lambda.call('RemovePermission', { FunctionName: NAME, StatementId: item }),
    list: async (lambda) => {
      const { json, status } = await lambda.call('GetPolicy', { FunctionName: NAME });
      if (status === 404) return new Map();
      const { Statement } = JSON.parse(String(json['Policy'])) as { Statement: { Sid: string; Condition: Members }[] };
      return new Map(
        Statement.map(({ Sid, Condition }) => [Sid, String((Condition['ArnLike'] as Members)['AWS:SourceArn']).slice(13)]),
      );
    },
  },
  alias: {
    add: (lambda, item, value) =>
      lambda.call('CreateAlias', { FunctionName: NAME, Name: item, FunctionVersion: '1', Description: value }),
    remove: (lambda, item) => lambda.call('DeleteAlias', { FunctionName: NAME, Name: item }),
    list: async (lambda) => {
      const found = new Map<string, string>();
      let Marker: unknown;
      do {
        const { json } = await lambda.call('ListAliases', { FunctionName: NAME, ...(Marker === undefined ? {} : { Marker }) });
        for (const { Name, Description } of json['Aliases'] as Members[]) found.set(String(Name), String(Description));
        Marker = json['NextMarker'];
      } while (Marker !== undefined);
      return found;
    },
  },
};

/** Makes the function that all these writers share. */
export async function makeSharedFunction(connections: RawConnections, account: string): Promise<void> {
  const lambda = new RawLambda(connections, account);
  const { status, json } = await lambda.call('CreateFunction', {
    FunctionName: NAME,
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Role: `arn:aws:iam::${account}:role/any`,
    Publish: true,
    Code: { ZipFile: await zip({ 'index.js': 'exports.handler = async () => "shared";' }) },
  });
  assert.equal(status, 201, JSON.stringify(json));
}

/** Adds to and takes from one function that others write at the same moment: nobody's writes may be lost. */
export class SharedFunctionWriter implements Writer {
  readonly account: string;
  readonly #name: string;
  readonly #random: Random;
  /** By kind and item, what is there; undefined what is not. */
  readonly #known = new Map<string, string | undefined>();
  #underway: { readonly key: string; readonly after: string | undefined } | undefined;
  #count = 0;

  constructor(account: string, name: string, random: Random) {
    this.account = account;
    this.#name = name;
    this.#random = random;
  }

  async write(connections: RawConnections, acknowledged: () => void): Promise<void> {
    const lambda = new RawLambda(connections, this.account);
    for (;;) {
      const kind = this.#random.pick(Object.keys(KINDS));
      const item = `${this.#name}-${this.#random.below(ITEMS)}`;
      const key = `${kind}/${item}`;
      this.#count += 1;
      const value = `v${this.#count}`;
      const after = this.#known.get(key) === undefined ? value : undefined;
      this.#underway = { key, after };
      const answer = await (after === undefined ? KINDS[kind]?.remove(lambda, item) : KINDS[kind]?.add(lambda, item, value));
      assert.ok((answer?.status ?? 0) < 300, `${key}: ${JSON.stringify(answer)}`);
      this.#underway = undefined;
      this.#known.set(key, after);
      acknowledged();
    }
  }

  async check(connections: RawConnections): Promise<'done' | 'undone' | 'nothing'> {
    const lambda = new RawLambda(connections, this.account);
    const found = new Map<string, string>();
    for (const [kind, { list }] of Object.entries(KINDS))
      for (const [item, value] of await list(lambda)) if (item.startsWith(`${this.#name}-`)) found.set(`${kind}/${item}`, value);
    const underway = this.#underway;
    this.#underway = undefined;
    const isDone = underway !== undefined && found.get(underway.key) === underway.after;
    if (underway && isDone) this.#known.set(underway.key, underway.after);
    const expected = [...this.#known].filter((entry) => entry[1] !== undefined);
    assert.deepEqual([...found].toSorted(), expected.toSorted(), `what ${this.#name} has written`);
    return underway ? (isDone ? 'done' : 'undone') : 'nothing';
  }
}
