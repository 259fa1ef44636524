/** One rule of a bucket: which events of which keys go to which function. */
export interface FunctionNotification {
  readonly id: string;
  readonly functionArn: string;
  /** For example `s3:ObjectCreated:*`. */
  readonly events: readonly string[];
  readonly prefix?: string;
  readonly suffix?: string;
}

/** A bucket's notifications. */
export interface NotificationConfiguration {
  readonly functions: readonly FunctionNotification[];
  /** Every event goes to the default bus of the bucket's owner. */
  readonly eventBridge?: true;
}

/** Names of events that a rule may ask for; the ones that nothing causes yet are taken, for they can't be missed. */
export const EVENT_NAMES: readonly string[] = [
  's3:ObjectCreated:*',
  's3:ObjectCreated:Put',
  's3:ObjectCreated:Post',
  's3:ObjectCreated:Copy',
  's3:ObjectCreated:CompleteMultipartUpload',
  's3:ObjectRemoved:*',
  's3:ObjectRemoved:Delete',
  's3:ObjectRemoved:DeleteMarkerCreated',
];

/** Whether a rule is meant for an event (`ObjectCreated:Put`) of a key. */
export function isMeant(rule: FunctionNotification, eventName: string, key: string): boolean {
  const full = `s3:${eventName}`;
  const hasEvent = rule.events.some(
    (wanted) => wanted === full || (wanted.endsWith('*') && full.startsWith(wanted.slice(0, -1))),
  );
  return hasEvent && key.startsWith(rule.prefix ?? '') && key.endsWith(rule.suffix ?? '');
}

/** Two rules that some event of some key would both be meant for; undefined when there are none. */
export function findOverlap(
  rules: readonly FunctionNotification[],
): readonly [FunctionNotification, FunctionNotification] | undefined {
  for (const [index, a] of rules.entries()) {
    for (const b of rules.slice(index + 1)) if (shareEvent(a, b) && shareKeys(a, b)) return [a, b];
  }
  return undefined;
}

function shareEvent(a: FunctionNotification, b: FunctionNotification): boolean {
  const covers = (wide: string, narrow: string): boolean =>
    wide === narrow || (wide.endsWith('*') && narrow.startsWith(wide.slice(0, -1)));
  return a.events.some((one) => b.events.some((other) => covers(one, other) || covers(other, one)));
}

function shareKeys(a: FunctionNotification, b: FunctionNotification): boolean {
  const [aPrefix = '', bPrefix = '', aSuffix = '', bSuffix = ''] = [a.prefix, b.prefix, a.suffix, b.suffix];
  const prefixes = aPrefix.startsWith(bPrefix) || bPrefix.startsWith(aPrefix);
  return prefixes && (aSuffix.endsWith(bSuffix) || bSuffix.endsWith(aSuffix));
}
