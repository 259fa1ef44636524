import type { HeldImage } from '../ports/image-shelf.ts';
import type { SandboxNetwork } from '../ports/sandbox-network.ts';
import type { RuntimeApiEndpoint } from './runtime-api.ts';

/** A folder that stays in place until it is released. */
export interface HeldDirectory {
  readonly directory: string;
  release(): void;
}

/** What may be held. */
interface Holding {
  readonly code: HeldDirectory;
  readonly layers: HeldDirectory;
  readonly image: HeldImage;
  /** Undefined where environments share the host's. */
  readonly network: SandboxNetwork | undefined;
  readonly api: RuntimeApiEndpoint;
}

/** What an environment holds from its first start to its end. */
export class Holdings {
  readonly #held: { -readonly [Name in keyof Holding]?: Holding[Name] } = {};
  #released = false;

  /** What is held under a name already, or what is taken now; given back at once when the end has come in the meantime. */
  async keep<Name extends keyof Holding>(name: Name, take: () => Promise<Holding[Name]>): Promise<Holding[Name]> {
    const held = this.#held[name] ?? (await take());
    this.#held[name] = held;
    if (this.#released) this.#giveBack();
    return held;
  }

  release(): void {
    this.#released = true;
    this.#giveBack();
  }

  #giveBack(): void {
    const { code, layers, image, network, api } = this.#held;
    for (const held of [code, layers, image]) held?.release();
    api?.close();
    network?.close();
    for (const name of ['code', 'layers', 'image', 'network', 'api'] as const) delete this.#held[name];
  }
}
