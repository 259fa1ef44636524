import { openSync, writeFileSync } from 'node:fs';
import { Server } from 'node:net';
import { join } from 'node:path';
import type { Clock, Timer } from '../../../ports/clock.ts';
import { ENDPOINT_PORT, RUNTIME_API_PORT, type SandboxNetworks } from '../../../ports/sandbox-network.ts';
import type { Egress, EgressLink } from './egress.ts';
import { handedSockets } from './handed-sockets.ts';
import { NamespaceNetwork } from './namespace-network.ts';
import { connectProgram, namespaceProgram } from './network-programs.ts';

/** What networks are made with. */
export interface NetworksParts {
  /** Folder of ours that is there, from which programs can be run. */
  readonly directory: string;
  readonly clock: Clock;
  /** What leads out of them; they lead nowhere without. */
  readonly egress?: Egress | undefined;
}

/** So many are made ahead, one at a time: what a start has to wait for it pays in full. */
const FREE_NETWORKS = 4;
/** Begun so much later than one is taken: the start that takes it should not share the processor with that. */
const REFILL_DELAY_MS = 50;
const MAKE_TIMEOUT_MS = 10_000;

/** Network namespaces for environments; each is one environment's and is never used again. Linux, as root. */
export class NamespaceNetworks implements SandboxNetworks {
  readonly #parts: NetworksParts;
  readonly #makeProgram: string;
  readonly #connectProgram: string;
  readonly #free: NamespaceNetwork[] = [];
  #refilling: Promise<void> | undefined;
  #refillLater: Timer | undefined;
  readonly #releasing = new Set<Promise<void>>();
  #isClosed = false;

  private constructor(parts: NetworksParts) {
    this.#parts = parts;
    this.#makeProgram = join(parts.directory, 'make');
    this.#connectProgram = join(parts.directory, 'connect');
    writeFileSync(this.#makeProgram, namespaceProgram(process.arch, [RUNTIME_API_PORT, ENDPOINT_PORT]), { mode: 0o700 });
    writeFileSync(this.#connectProgram, connectProgram(process.arch), { mode: 0o700 });
  }

  /** Makes one, to be sure that it can be done. Rejects with the reason if not. */
  static async open(parts: NetworksParts): Promise<NamespaceNetworks> {
    const networks = new NamespaceNetworks(parts);
    networks.#free.push(await networks.#make());
    return networks;
  }

  /** What environments read as their resolv.conf. */
  resolverSettings(): string {
    return this.#parts.egress?.resolverSettings() ?? '';
  }

  async acquire(): Promise<NamespaceNetwork> {
    const network = this.#free.pop() ?? (await this.#make());
    this.#refillLater ??= this.#parts.clock.setTimeout(() => {
      this.#refillLater = undefined;
      this.#refill();
    }, REFILL_DELAY_MS);
    return network;
  }

  /** Resolves when the host has nothing left of them; those in use must have been closed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#refillLater?.cancel();
    await this.#refilling;
    for (const network of this.#free.splice(0)) network.close();
    await Promise.all(this.#releasing);
    await this.#parts.egress?.close();
  }

  #refill(): void {
    if (this.#refilling || this.#isClosed || this.#free.length >= FREE_NETWORKS) return;
    this.#refilling = this.#make().then(
      (network) => {
        this.#free.push(network);
        this.#refilling = undefined;
        this.#refill();
      },
      () => {
        // A start that needs it will tell what is wrong.
        this.#refilling = undefined;
      },
    );
  }

  async #make(): Promise<NamespaceNetwork> {
    const { clock, egress } = this.#parts;
    const handing = { program: this.#makeProgram, count: 2, timeoutMs: MAKE_TIMEOUT_MS, clock };
    const made = await handedSockets(handing).catch((error: unknown) => {
      throw new Error(`a network namespace can't be made: ${error instanceof Error ? error.message : String(error)}`);
    });
    const [runtimeApi, endpoint] = made.sockets as [Server, Server];
    let link: EgressLink | undefined;
    try {
      link = await egress?.connect(made.pid);
      return new NamespaceNetwork({
        descriptor: openSync(`/proc/${made.pid}/ns/net`, 'r'),
        doors: { runtimeApi, endpoint },
        connectProgram: this.#connectProgram,
        clock,
        release: () => this.#release(link),
      });
    } catch (error) {
      for (const server of [runtimeApi, endpoint]) server.close();
      this.#release(link);
      throw error;
    } finally {
      await made.end();
    }
  }

  #release(link: EgressLink | undefined): void {
    if (!link) return;
    const releasing: Promise<void> = link.release().finally(() => this.#releasing.delete(releasing));
    this.#releasing.add(releasing);
  }
}
