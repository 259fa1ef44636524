/** What an extension may be told of. */
export type ExtensionEventType = 'INVOKE' | 'SHUTDOWN';

/**
 * Where an extension stands.
 *
 * - `Launched`: an external one has been started and has not registered.
 * - `Registered`: it has registered and not asked for an event yet.
 * - `Waiting`: it waits in `next`; during an invocation that means it is done.
 * - `Busy`: it has an event and has not asked for the next one.
 * - `Failed`: it reported an error, or its process is gone. Terminal.
 */
export type ExtensionState = 'Launched' | 'Registered' | 'Waiting' | 'Busy' | 'Failed';

/** An event for an extension, as JSON text. */
export interface ExtensionEvent {
  readonly id: string;
  readonly body: string;
}

/** One extension of one environment. */
export class Extension {
  readonly name: string;
  readonly isExternal: boolean;
  state: ExtensionState;
  /** Identifier that its requests carry once it has registered. */
  id: string | undefined;
  events: ReadonlySet<ExtensionEventType> = new Set();
  #deliver: ((event: ExtensionEvent) => void) | undefined;
  #pending: ExtensionEvent | undefined;

  constructor(name: string, isExternal: boolean) {
    this.name = name;
    this.isExternal = isExternal;
    this.state = isExternal ? 'Launched' : 'Registered';
  }

  /** It asks for an event: one that waits for it is given at once. */
  waits(deliver: (event: ExtensionEvent) => void): void {
    this.state = 'Waiting';
    this.#deliver = deliver;
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending) this.give(pending);
  }

  /** Hands it an event; one that is not ready yet gets it when it asks. */
  give(event: ExtensionEvent): void {
    const deliver = this.#deliver;
    if (this.state === 'Failed') return;
    if (this.state !== 'Waiting' || !deliver) {
      this.#pending = event;
      return;
    }
    this.#deliver = undefined;
    this.state = 'Busy';
    deliver(event);
  }
}
