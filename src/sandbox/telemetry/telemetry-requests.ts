import { type ApiExchange, errorReply, headerOf, readBounded, wrongMethod } from '../api-reply.ts';
import { type ExtensionHost, isRefusal } from '../extensions/extension-host.ts';
import { parseSubscription, type TelemetryDialect, type TelemetrySubscription } from './subscription.ts';
import type { TelemetryHub } from './telemetry-hub.ts';

/** The paths of the Telemetry API, and of the Logs API that came before it. */
export const TELEMETRY_PATHS: ReadonlyMap<string, TelemetryDialect> = new Map([
  ['/2022-07-01/telemetry', 'telemetry'],
  ['/2020-08-15/logs', 'logs'],
]);
const BODY_BYTES_MAX = 1_048_576;

/**
 * Answers a subscription. `subscribed` is called for one that was taken, before anything is delivered. Rejects when the
 * request breaks off. Source: the Telemetry API's reference.
 */
export async function handleTelemetryRequest(
  host: ExtensionHost,
  hub: TelemetryHub,
  dialect: TelemetryDialect,
  exchange: ApiExchange,
  subscribed: (name: string, subscription: TelemetrySubscription, dialect: TelemetryDialect) => void,
): Promise<void> {
  const { request, reply } = exchange;
  const prefix = dialect === 'telemetry' ? 'Telemetry' : 'Logs';
  if (request.method !== 'PUT') return reply(wrongMethod(request));
  const body = await readBounded(request, BODY_BYTES_MAX);
  const extension = host.find(headerOf(request, 'lambda-extension-identifier'));
  if (isRefusal(extension)) return reply(errorReply(extension.status, extension.errorType, extension.errorMessage));
  const subscription = parseSubscription(body?.toString('utf8') ?? '', dialect);
  if (typeof subscription === 'string')
    return reply(errorReply(400, dialect === 'telemetry' ? 'ValidationError' : 'Logs.ValidationError', subscription));
  if (!hub.isOpen) return reply(errorReply(403, `${prefix}.SubscriptionClosed`, `${prefix} API subscription is closed already`));
  hub.subscribe(extension.id ?? '', subscription);
  subscribed(extension.name, subscription, dialect);
  reply({ status: 200, body: 'OK', headers: { 'Content-Type': 'text/plain' } });
}
