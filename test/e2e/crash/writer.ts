import type { RawConnections } from '../../raw/raw-connection.ts';

/** Something that writes until the server is killed, and knows what must be there afterwards. */
export interface Writer {
  readonly account: string;
  /** Calls again and again; rejects when there are no answers any more. Tells of every write that was acknowledged. */
  write(connections: RawConnections, acknowledged: () => void): Promise<void>;
  /** Holds what is there against what was acknowledged; tells what has become of the call that was not. Throws an AssertionError. */
  check(connections: RawConnections): Promise<'done' | 'undone' | 'nothing'>;
}
