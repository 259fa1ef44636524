import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** An event as functions get it. */
export interface SubscriptionEvent {
  /** 56 digits, those of FilterLogEvents. */
  readonly id: string;
  readonly timestamp: number;
  readonly message: string;
}

/** What is in a subscription's event. Source: the user guide of CloudWatch Logs, "Real-time processing of log data". */
export interface SubscriptionMessage {
  readonly messageType: 'DATA_MESSAGE' | 'CONTROL_MESSAGE';
  readonly owner: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly subscriptionFilters: readonly string[];
  readonly logEvents: readonly SubscriptionEvent[];
}

const compress = promisify(gzip);

/** The test that a function gets when it is subscribed, for which functions look by its type. */
export function controlMessage(nowMs: number): SubscriptionMessage {
  return {
    messageType: 'CONTROL_MESSAGE',
    owner: 'CloudwatchLogs',
    logGroup: '',
    logStream: '',
    subscriptionFilters: [],
    logEvents: [{ id: '', timestamp: nowMs, message: 'CWL CONTROL MESSAGE: Checking health of destination Lambda.' }],
  };
}

/** The function's event; compressed off the main thread. */
export async function subscriptionPayload(message: SubscriptionMessage): Promise<Buffer> {
  const data = (await compress(JSON.stringify(message))).toString('base64');
  return Buffer.from(JSON.stringify({ awslogs: { data } }));
}
