import type { Ids } from '../../ports/ids.ts';
import { Extension, type ExtensionEvent, type ExtensionEventType } from './extension.ts';

/** Extensions of one environment. Source: Lambda's page on the Extensions API. */
const EXTENSIONS_MAX = 10;

/** A call of an extension that is refused, in the words of the Extensions API. */
export interface ExtensionRefusal {
  readonly status: 400 | 403;
  readonly errorType: string;
  readonly errorMessage: string;
}

/** What the environment wants to hear of its extensions. */
export interface ExtensionListener {
  /** All external extensions have registered: the runtime may start. */
  registered(): void;
  /** An extension is done with its event, or ready for the first one. */
  extensionReady(): void;
  /** An extension has failed, and with it the environment. `detail` says how, in a few words. */
  extensionFailed(errorType: string, detail: string): void;
}

/** What is told to all extensions subscribed to invocations. */
export interface InvokeNotice {
  readonly requestId: string;
  readonly deadlineMs: number;
  readonly invokedFunctionArn: string;
  readonly traceHeader?: string;
}

/**
 * The extensions of one runtime process: who has registered, who waits, who is still busy. A process that is started
 * anew gets a host of its own.
 */
export class ExtensionHost {
  readonly #extensions: Extension[];
  readonly #ids: Pick<Ids, 'uuid'>;
  readonly #listener: ExtensionListener;
  #isOpen = true;
  #isEnding = false;
  #onGone: (() => void) | undefined;

  readonly #isConcurrent: boolean;

  /** `external` are the file names in /opt/extensions. Where invocations run side by side nobody is told of each. */
  constructor(external: readonly string[], ids: Pick<Ids, 'uuid'>, listener: ExtensionListener, isConcurrent = false) {
    this.#extensions = external.map((name) => new Extension(name, true));
    this.#ids = ids;
    this.#listener = listener;
    this.#isConcurrent = isConcurrent;
  }

  get all(): readonly Extension[] {
    return this.#extensions;
  }

  get hasExternal(): boolean {
    return this.#extensions.some(({ isExternal }) => isExternal);
  }

  get isEmpty(): boolean {
    return this.#extensions.length === 0;
  }

  /** Whether every external extension has registered, or can't any more. */
  get haveRegistered(): boolean {
    return this.#extensions.every(({ state }) => state !== 'Launched');
  }

  /** Whether every extension waits for an event, so that init or an invocation is over for them. */
  get areReady(): boolean {
    return this.#extensions.every(({ state }) => state === 'Waiting' || state === 'Failed');
  }

  /** Registers an extension; its identifier, or why not. */
  register(name: string, events: readonly string[]): Extension | ExtensionRefusal {
    if (!this.#isOpen) return refusal('Extension.RegistrationClosed', 'Extension registration closed already');
    const wrong = events.find((event) => event !== 'INVOKE' && event !== 'SHUTDOWN');
    if (wrong !== undefined) return refusal('Extension.InvalidEventType', `${wrong}: InvalidEventType`);
    if (this.#isConcurrent && events.includes('INVOKE'))
      return refusal('Extension.InvalidEventType', 'INVOKE: InvokeEventNotSupportedForManagedInstances');
    const existing = this.#extensions.find((extension) => extension.name === name);
    if (existing && existing.state !== 'Launched')
      return refusal('Extension.InvalidExtensionState', `Extension ${name} has registered already`);
    if (!existing && events.includes('SHUTDOWN')) {
      return refusal('Extension.InvalidEventType', 'SHUTDOWN: ShutdownEventNotSupportedForInternalExtension');
    }
    if (!existing && this.#extensions.length >= EXTENSIONS_MAX)
      return refusal('Extension.TooManyExtensions', `Extensions limit (${EXTENSIONS_MAX}) reached`);
    const extension = existing ?? new Extension(name, false);
    if (!existing) this.#extensions.push(extension);
    extension.state = 'Registered';
    extension.id = this.#ids.uuid();
    extension.events = new Set(events as ExtensionEventType[]);
    if (this.haveRegistered) this.#listener.registered();
    return extension;
  }

  /** The extension of an identifier, or why there is none. */
  find(id: string | undefined): Extension | ExtensionRefusal {
    if (id === undefined) return refusal('Extension.MissingExtensionIdentifier', 'Missing Lambda-Extension-Identifier header');
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id))
      return refusal('Extension.InvalidExtensionIdentifier', 'Invalid Lambda-Extension-Identifier');
    const found = this.#extensions.find((extension) => extension.id === id);
    return found ?? refusal('Extension.UnknownExtensionIdentifier', `Unknown extension ${id}`);
  }

  /** An extension asks for its next event. */
  next(extension: Extension, deliver: (event: ExtensionEvent) => void): ExtensionRefusal | undefined {
    if (extension.state === 'Failed' || extension.state === 'Launched')
      return refusal('Extension.InvalidExtensionState', `State transition from ${extension.state} to Ready failed for extension`);
    extension.waits(deliver);
    this.#listener.extensionReady();
    return undefined;
  }

  /** An extension reports that it can't go on. */
  fail(extension: Extension, phase: 'InitError' | 'ExitError', errorType: string): ExtensionRefusal | undefined {
    if (extension.state === 'Failed' || (phase === 'InitError' && extension.state !== 'Registered'))
      return refusal(
        'Extension.InvalidExtensionState',
        `State transition from ${extension.state} to ${phase} failed for extension`,
      );
    extension.state = 'Failed';
    if (!this.#isEnding) this.#listener.extensionFailed(`Extension.${phase}`, errorType);
    return undefined;
  }

  /** The process of an external extension is gone. */
  exited(index: number, code: number): void {
    const extension = this.#extensions[index];
    if (!extension) return;
    const wasLaunched = extension.state === 'Launched';
    const hadFailed = extension.state === 'Failed';
    extension.state = 'Failed';
    if (this.#isEnding) {
      if (this.#extensions.every(({ isExternal, state }) => !isExternal || state === 'Failed')) this.#onGone?.();
    } else if (!hadFailed) {
      // 126 and 127 are the shell's words for a file that can't be run.
      const type = wasLaunched && code >= 126 ? 'Extension.LaunchError' : 'Extension.Crash';
      this.#listener.extensionFailed(type, `exit code ${code}`);
    }
  }

  /** From the runtime's first request for an event on nobody can register any more. */
  closeRegistration(): void {
    this.#isOpen = false;
  }

  /** Tells those that asked for it of an invocation. */
  invoke(notice: InvokeNotice): void {
    if (this.isEmpty) return;
    const { requestId, deadlineMs, invokedFunctionArn, traceHeader } = notice;
    const tracing = traceHeader ? { tracing: { type: 'X-Amzn-Trace-Id', value: traceHeader } } : {};
    const body = JSON.stringify({ eventType: 'INVOKE', deadlineMs, requestId, invokedFunctionArn, ...tracing });
    for (const extension of this.#extensions) if (extension.events.has('INVOKE')) extension.give({ id: this.#ids.uuid(), body });
  }

  /** The environment ends: tells those that asked for it; resolves when all external ones are gone. */
  shutDown(shutdownReason: 'spindown' | 'timeout' | 'failure', deadlineMs: number): Promise<void> {
    this.#isEnding = true;
    const body = JSON.stringify({ eventType: 'SHUTDOWN', shutdownReason, deadlineMs });
    for (const extension of this.#extensions)
      if (extension.events.has('SHUTDOWN')) extension.give({ id: this.#ids.uuid(), body });
    if (this.#extensions.every(({ isExternal, state }) => !isExternal || state === 'Failed')) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onGone = resolve;
    });
  }
}

/** Whether a call was refused. */
export function isRefusal(value: object | undefined): value is ExtensionRefusal {
  return value !== undefined && 'errorMessage' in value;
}

function refusal(errorType: string, errorMessage: string): ExtensionRefusal {
  return { status: 403, errorType, errorMessage };
}
