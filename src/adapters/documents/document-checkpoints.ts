import type { Checkpoints, LeaseSave, ShardCheckpoint, ShardLease, ShardPlace } from '../../ports/checkpoints.ts';
import type { MappingPlace } from '../../ports/mapping-directory.ts';
import {
  type Change,
  type Document,
  type DocumentKey,
  type MetadataStore,
  RevisionConflict,
} from '../../ports/metadata-store.ts';

interface CheckpointDocument {
  readonly shardId: string;
  readonly checkpoint: ShardCheckpoint;
  readonly epoch: number;
  /** Undefined when nobody holds it. */
  readonly lease?: { readonly owner: string; readonly untilMs: number };
}

const KIND = 'stream-checkpoint';
const PAGE = 500;
/** Writers of a document are its holder and who takes over from it, so that more than this is a fault. */
const TRIES_MAX = 20;

/** Checkpoints as documents, one for each shard of a mapping. The epoch is checked as it was read, the revision as it is written. */
export class DocumentCheckpoints implements Checkpoints {
  readonly #store: MetadataStore;

  constructor(store: MetadataStore) {
    this.#store = store;
  }

  async known(mapping: MappingPlace): Promise<{ shardId: string; checkpoint: ShardCheckpoint }[]> {
    const documents = await this.#documents(mapping, `${mapping.uuid}/`);
    return documents.map(({ body: { shardId, checkpoint } }) => ({ shardId, checkpoint }));
  }

  async add(
    mapping: MappingPlace,
    shards: readonly { shardId: string; checkpoint: ShardCheckpoint }[],
    isFirst: boolean,
  ): Promise<readonly string[]> {
    let added: typeof shards = [];
    await this.#decide(async () => {
      const known = new Set((await this.known(mapping)).map(({ shardId }) => shardId));
      added = isFirst && known.size > 0 ? [] : shards.filter(({ shardId }) => !known.has(shardId));
      return added.map(({ shardId, checkpoint }): Change => {
        const body: CheckpointDocument = { shardId, checkpoint, epoch: 0 };
        return { put: keyOf({ ...mapping, shardId }), body, expect: 'absent' };
      });
    });
    return added.map(({ shardId }) => shardId);
  }

  async acquire(
    place: ShardPlace,
    { owner, nowMs, untilMs }: { owner: string; nowMs: number; untilMs: number },
  ): Promise<ShardLease | undefined> {
    let acquired: ShardLease | undefined;
    await this.#decide(async () => {
      acquired = undefined;
      const found = await this.#store.get<CheckpointDocument>(keyOf(place));
      if (!found) return [];
      const { lease, epoch, checkpoint } = found.body;
      if (lease && lease.owner !== owner && lease.untilMs > nowMs) return [];
      acquired = { place, owner, epoch: epoch + 1, untilMs, checkpoint };
      return [changeOf(found, { ...found.body, epoch: epoch + 1, lease: { owner, untilMs } })];
    });
    return acquired;
  }

  async save(saves: readonly LeaseSave[]): Promise<(ShardLease | undefined)[]> {
    let results: (ShardLease | undefined)[] = [];
    await this.#decide(async () => {
      const documents = await Promise.all(saves.map(({ lease }) => this.#store.get<CheckpointDocument>(keyOf(lease.place))));
      const changes: Change[] = [];
      results = saves.map(({ lease, checkpoint, untilMs }, index) => {
        const found = documents[index];
        if (!found || found.body.epoch !== lease.epoch || found.body.lease?.owner !== lease.owner) return undefined;
        changes.push(changeOf(found, { ...found.body, checkpoint, lease: { owner: lease.owner, untilMs } }));
        return { ...lease, checkpoint, untilMs };
      });
      return changes;
    });
    return results;
  }

  async forget(mapping: MappingPlace, shardIds?: readonly string[]): Promise<void> {
    const gone = shardIds ?? (await this.known(mapping)).map(({ shardId }) => shardId);
    if (gone.length === 0) return;
    await this.#store.commit(gone.map((shardId) => ({ remove: keyOf({ ...mapping, shardId }) })));
  }

  async mappings(): Promise<MappingPlace[]> {
    const places: MappingPlace[] = [];
    for (const { account, region } of await this.#store.scopes(KIND)) {
      for (let after: string | undefined; ;) {
        const marker = after === undefined ? {} : { after };
        const [first] = await this.#store.list<CheckpointDocument>({ account, region, kind: KIND, ...marker, limit: 1 });
        if (!first) break;
        const [uuid = ''] = first.key.id.split('/');
        places.push({ account, region, uuid });
        // Behind all of its shards: `0` is what follows the slash.
        after = `${uuid}0`;
      }
    }
    return places;
  }

  async #documents(
    { account, region }: Pick<MappingPlace, 'account' | 'region'>,
    prefix: string,
  ): Promise<Document<CheckpointDocument>[]> {
    const documents: Document<CheckpointDocument>[] = [];
    for (let after: string | undefined; ; after = documents.at(-1)?.key.id) {
      const marker = after === undefined ? {} : { after };
      const page = await this.#store.list<CheckpointDocument>({ account, region, kind: KIND, prefix, ...marker, limit: PAGE });
      documents.push(...page);
      if (page.length < PAGE) return documents;
    }
  }

  /** Reads, decides and writes, again when somebody wrote in between. */
  async #decide(changes: () => Promise<Change[]>): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const decided = await changes();
      if (decided.length === 0) return;
      try {
        await this.#store.commit(decided);
        return;
      } catch (error) {
        if (!(error instanceof RevisionConflict) || tries >= TRIES_MAX) throw error;
      }
    }
  }
}

function keyOf({ account, region, uuid, shardId }: ShardPlace): DocumentKey {
  return { account, region, kind: KIND, id: `${uuid}/${shardId}` };
}

function changeOf({ key, revision }: Document, body: CheckpointDocument): Change {
  return { put: key, body, expect: revision };
}
