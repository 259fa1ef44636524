/** Kinds of events that can be subscribed to. */
export type TelemetryCategory = 'platform' | 'function' | 'extension';

/** Where events go: a port of the environment. */
export type TelemetryDestination =
  | { readonly protocol: 'HTTP'; readonly port: number; readonly path: string }
  | { readonly protocol: 'TCP'; readonly port: number };

/** When what has gathered is sent: at the first bound that is reached. */
export interface TelemetryBuffering {
  readonly itemsMax: number;
  readonly bytesMax: number;
  readonly timeoutMs: number;
}

/** What an extension has asked for. */
export interface TelemetrySubscription {
  readonly schemaVersion: string;
  readonly types: readonly TelemetryCategory[];
  readonly buffering: TelemetryBuffering;
  readonly destination: TelemetryDestination;
}

/** Which of the two APIs is spoken; they differ in their schemas and in the names of some members. */
export type TelemetryDialect = 'telemetry' | 'logs';

const SCHEMAS: Readonly<Record<TelemetryDialect, readonly string[]>> = {
  telemetry: ['2022-07-01', '2022-12-13', '2025-01-29'],
  logs: ['2020-08-15', '2021-03-18'],
};
const CATEGORIES: ReadonlySet<unknown> = new Set(['platform', 'function', 'extension']);
/** Hosts that stand for the environment itself. */
const OWN_HOSTS: ReadonlySet<string> = new Set(['sandbox.localdomain', 'sandbox']);
const RUNTIME_API_PORT = 9_001;

/** Bounds of the buffering members: least, most, and what is taken when not given. Source: the Telemetry API's reference. */
const BUFFERING = {
  maxItems: { min: 1_000, max: 10_000, fallback: 10_000 },
  maxBytes: { min: 262_144, max: 1_048_576, fallback: 262_144 },
  timeoutMs: { min: 25, max: 30_000, fallback: 1_000 },
} as const;

/** Reads a subscription; a sentence that says what is wrong with it when it is none. */
export function parseSubscription(text: string, dialect: TelemetryDialect): TelemetrySubscription | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'The request body is not JSON';
  }
  if (!isObject(value)) return 'The request body is not an object';
  const { schemaVersion = SCHEMAS[dialect][0], types, buffering = {}, destination } = value;
  if (typeof schemaVersion !== 'string' || !SCHEMAS[dialect].includes(schemaVersion))
    return `schemaVersion must be one of ${SCHEMAS[dialect].join(', ')}`;
  if (!Array.isArray(types) || types.length === 0 || !types.every((type) => CATEGORIES.has(type)))
    return 'types must be a list of platform, function, extension';
  const bounds = parseBuffering(buffering);
  if (typeof bounds === 'string') return bounds;
  const target = parseDestination(destination);
  if (typeof target === 'string') return target;
  return { schemaVersion, types: types as TelemetryCategory[], buffering: bounds, destination: target };
}

function parseBuffering(value: unknown): TelemetryBuffering | string {
  if (!isObject(value)) return 'buffering must be an object';
  const numbers: Record<string, number> = {};
  for (const [name, { min, max, fallback }] of Object.entries(BUFFERING)) {
    const given = value[name] ?? fallback;
    if (typeof given !== 'number' || !Number.isInteger(given) || given < min || given > max)
      return `buffering.${name} must be between ${min} and ${max}`;
    numbers[name] = given;
  }
  return { itemsMax: numbers['maxItems'] ?? 0, bytesMax: numbers['maxBytes'] ?? 0, timeoutMs: numbers['timeoutMs'] ?? 0 };
}

function parseDestination(value: unknown): TelemetryDestination | string {
  if (!isObject(value)) return 'destination must be an object';
  if (value['protocol'] === 'TCP') {
    const { port } = value;
    return isPort(port) ? { protocol: 'TCP', port } : 'destination.port must be a port other than 9001';
  }
  if (value['protocol'] !== 'HTTP') return 'destination.protocol must be HTTP or TCP';
  if (typeof value['URI'] !== 'string' || !URL.canParse(value['URI'])) return 'destination.URI must be a URI';
  const uri = new URL(value['URI']);
  const port = uri.port === '' ? 80 : Number(uri.port);
  if (uri.protocol !== 'http:' || !OWN_HOSTS.has(uri.hostname))
    return 'destination.URI must begin with http://sandbox.localdomain';
  if (!isPort(port)) return 'the port of destination.URI must be another than 9001';
  return { protocol: 'HTTP', port, path: uri.pathname + uri.search };
}

function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536 && value !== RUNTIME_API_PORT;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
