/** What may be told of objects. */
export type NotificationTarget = 'function' | 'queue' | 'topic';

/** One rule of a bucket: which events of which keys go where. */
export interface NotificationRule {
  readonly id: string;
  readonly target: NotificationTarget;
  readonly targetArn: string;
  /** For example `s3:ObjectCreated:*`. */
  readonly events: readonly string[];
  readonly prefix?: string;
  readonly suffix?: string;
}

/** A bucket's notifications. */
export interface NotificationConfiguration {
  readonly rules: readonly NotificationRule[];
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

/** Names that S3 has besides these, of what there is not. Source: the service model's type `Event`. */
export const OTHER_EVENT_NAMES =
  /^s3:(ObjectRestore:(\*|Post|Completed|Delete)|ReducedRedundancyLostObject|Replication:(\*|Operation(FailedReplication|MissedThreshold|ReplicatedAfterThreshold|NotTracked))|LifecycleExpiration:(\*|Delete|DeleteMarkerCreated)|LifecycleTransition|IntelligentTiering|Object(Tagging|Annotation):(\*|Put|Delete)|ObjectAcl:Put)$/;

/** What of a configuration is meant for an event (`ObjectCreated:Put`) of a key; undefined when nothing is. */
export function meantOf(
  { rules, eventBridge }: NotificationConfiguration,
  event: { readonly name: string; readonly key: string },
): NotificationConfiguration | undefined {
  const meant = rules.filter((rule) => isMeant(rule, event.name, event.key));
  return meant.length > 0 || eventBridge ? { rules: meant, ...(eventBridge ? { eventBridge } : {}) } : undefined;
}

function isMeant(rule: NotificationRule, eventName: string, key: string): boolean {
  const full = `s3:${eventName}`;
  const hasEvent = rule.events.some(
    (wanted) => wanted === full || (wanted.endsWith('*') && full.startsWith(wanted.slice(0, -1))),
  );
  return hasEvent && key.startsWith(rule.prefix ?? '') && key.endsWith(rule.suffix ?? '');
}

/** Whether some event of some key would be meant for two of the rules, wherever they send it. */
export function doOverlap(rules: readonly NotificationRule[]): boolean {
  return rules.some((a, index) => rules.slice(index + 1).some((b) => shareEvent(a, b) && shareKeys(a, b)));
}

function shareEvent(a: NotificationRule, b: NotificationRule): boolean {
  const covers = (wide: string, narrow: string): boolean =>
    wide === narrow || (wide.endsWith('*') && narrow.startsWith(wide.slice(0, -1)));
  return a.events.some((one) => b.events.some((other) => covers(one, other) || covers(other, one)));
}

function shareKeys(a: NotificationRule, b: NotificationRule): boolean {
  const [aPrefix = '', bPrefix = '', aSuffix = '', bSuffix = ''] = [a.prefix, b.prefix, a.suffix, b.suffix];
  const prefixes = aPrefix.startsWith(bPrefix) || bPrefix.startsWith(aPrefix);
  return prefixes && (aSuffix.endsWith(bSuffix) || bSuffix.endsWith(aSuffix));
}
