import { ACCEPTED, type ApiExchange, errorReply, headerOf, readBounded, wrongMethod } from '../api-reply.ts';
import { Extension } from './extension.ts';
import type { ExtensionHost, ExtensionRefusal } from './extension-host.ts';
import { isRefusal } from './extension-host.ts';

/** Where the Extensions API begins. */
export const EXTENSION_PREFIX = '/2020-01-01/extension';
const BODY_BYTES_MAX = 1_048_576;
const NAME_LENGTH_MAX = 128;

/** What an extension is told of its function when it registers. */
export interface FunctionFacts {
  readonly functionName: string;
  readonly functionVersion: string;
  readonly handler: string;
  readonly accountId: string;
}

/** Answers one request of the Extensions API `2020-01-01`. Rejects when the request breaks off. */
export async function handleExtensionRequest(
  host: ExtensionHost,
  facts: FunctionFacts,
  path: string,
  exchange: ApiExchange,
): Promise<void> {
  switch (path) {
    case '/register':
      return register(host, facts, exchange);
    case '/event/next':
      return next(host, exchange);
    case '/init/error':
      return fail(host, exchange, 'InitError');
    case '/exit/error':
      return fail(host, exchange, 'ExitError');
    default:
      exchange.reply(errorReply(404, 'ResourceNotFound', 'No such path'));
  }
}

async function register(host: ExtensionHost, facts: FunctionFacts, exchange: ApiExchange): Promise<void> {
  const { request, reply } = exchange;
  if (request.method !== 'POST') return reply(wrongMethod(request));
  const name = headerOf(request, 'lambda-extension-name');
  const events = eventsOf(await readBounded(request, BODY_BYTES_MAX));
  if (name === undefined || name === '' || name.length > NAME_LENGTH_MAX)
    return reply(errorReply(403, 'Extension.InvalidExtensionName', 'Missing or invalid Lambda-Extension-Name header'));
  if (!events) return reply(errorReply(400, 'InvalidRequestFormat', 'The request body is not {"events":[...]}'));
  const extension = host.register(name, events);
  if (isRefusal(extension)) return reply(refusalReply(extension));
  const features = (headerOf(request, 'lambda-extension-accept-feature') ?? '').split(',').map((feature) => feature.trim());
  const { accountId, ...told } = facts;
  reply({
    status: 200,
    body: JSON.stringify(features.includes('accountId') ? { ...told, accountId } : told),
    headers: { 'Lambda-Extension-Identifier': extension.id ?? '' },
  });
}

function next(host: ExtensionHost, exchange: ApiExchange): void {
  const { request, reply } = exchange;
  if (request.method !== 'GET') return reply(wrongMethod(request));
  const extension = host.find(headerOf(request, 'lambda-extension-identifier'));
  if (isRefusal(extension)) return reply(refusalReply(extension));
  const refused = host.next(extension, ({ id, body }) => {
    if (exchange.isOpen()) reply({ status: 200, body, headers: { 'Lambda-Extension-Event-Identifier': id } });
  });
  if (refused) reply(refusalReply(refused));
}

async function fail(host: ExtensionHost, exchange: ApiExchange, phase: 'InitError' | 'ExitError'): Promise<void> {
  const { request, reply } = exchange;
  if (request.method !== 'POST') return reply(wrongMethod(request));
  await readBounded(request, BODY_BYTES_MAX);
  const extension = host.find(headerOf(request, 'lambda-extension-identifier'));
  if (!(extension instanceof Extension)) return reply(refusalReply(extension));
  const type = headerOf(request, 'lambda-extension-function-error-type');
  if (type === undefined)
    return reply(errorReply(403, 'Extension.MissingHeader', 'Missing Lambda-Extension-Function-Error-Type header'));
  const refused = host.fail(extension, phase, type.slice(0, 256));
  reply(refused ? refusalReply(refused) : ACCEPTED);
}

/** The events of a registration; an empty list is allowed, other members are not. */
function eventsOf(body: Buffer | undefined): string[] | undefined {
  if (!body) return undefined;
  if (body.length === 0) return [];
  try {
    const value = JSON.parse(body.toString('utf8')) as Record<string, unknown> | null;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    if (Object.keys(value).some((key) => key !== 'events')) return undefined;
    const events = value['events'] ?? [];
    return Array.isArray(events) && events.every((event) => typeof event === 'string') ? events : undefined;
  } catch {
    return undefined;
  }
}

function refusalReply({ status, errorType, errorMessage }: ExtensionRefusal) {
  return errorReply(status, errorType, errorMessage);
}
