import type { SQS, SQSClientConfig } from '@aws-sdk/client-sqs';

/** Where queues are and as whom they are asked; what is absent is as the official SDK has it. */
export interface QueueEndpoint {
  readonly endpoint?: string | undefined;
  /** Instead of the region in a queue's ARN. */
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
  readonly sessionToken?: string | undefined;
}

/** The clients of one region. Receivers wait on connections of their own, so that they hold up nobody else. */
export interface RegionClients {
  readonly receiving: SQS;
  readonly other: SQS;
}

/** The largest poller has 1,250 workers, each with one long poll at a time. */
const RECEIVING_SOCKETS_MAX = 2_500;
const OTHER_SOCKETS_MAX = 256;
const CONNECT_MS_MAX = 3_000;
const ATTEMPTS_MAX = 3;
/** Regions come from ARNs, which callers write. */
const REGIONS_MAX = 50;

/** Makes clients of the official SDK as they are needed, and keeps them. */
export class SqsClients {
  readonly #make: (config: SQSClientConfig) => SQS;
  readonly #settings: QueueEndpoint;
  readonly #byRegion = new Map<string, RegionClients>();

  constructor(make: (config: SQSClientConfig) => SQS, settings: QueueEndpoint) {
    this.#make = make;
    this.#settings = settings;
  }

  /** Those for a queue. Throws when queues of too many regions were asked for. */
  of(queueArn: string): RegionClients {
    const region = this.#settings.region ?? queueArn.split(':')[3] ?? '';
    const found = this.#byRegion.get(region);
    if (found) return found;
    if (this.#byRegion.size >= REGIONS_MAX) throw new Error(`queues of more than ${REGIONS_MAX} regions are asked for`);
    const made = { receiving: this.#client(region, RECEIVING_SOCKETS_MAX), other: this.#client(region, OTHER_SOCKETS_MAX) };
    this.#byRegion.set(region, made);
    return made;
  }

  /** Ends every connection. */
  close(): void {
    for (const { receiving, other } of this.#byRegion.values()) {
      receiving.destroy();
      other.destroy();
    }
    this.#byRegion.clear();
  }

  #client(region: string, maxSockets: number): SQS {
    const { endpoint, profile, accessKeyId, secretAccessKey, sessionToken } = this.#settings;
    const agent = { keepAlive: true, maxSockets };
    return this.#make({
      region,
      maxAttempts: ATTEMPTS_MAX,
      // It would warn of many requests on the console; the pollers bound them.
      requestHandler: {
        connectionTimeout: CONNECT_MS_MAX,
        socketAcquisitionWarningTimeout: 2_147_483_647,
        httpAgent: agent,
        httpsAgent: agent,
      },
      // AWS_ENDPOINT_URL is what clients of this server are told to set, and would lead back to it.
      ...(endpoint === undefined ? { ignoreConfiguredEndpointUrls: true } : { endpoint }),
      ...(profile === undefined ? {} : { profile }),
      ...(accessKeyId === undefined || secretAccessKey === undefined
        ? {}
        : { credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) } }),
    });
  }
}
