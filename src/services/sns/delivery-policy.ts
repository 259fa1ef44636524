import { z } from 'zod';

/** When a delivery over HTTP is tried again. Delays in seconds, as AWS's members are. */
export interface RetryPolicy {
  readonly minDelayTarget: number;
  readonly maxDelayTarget: number;
  readonly numRetries: number;
  readonly numMaxDelayRetries: number;
  readonly numNoDelayRetries: number;
  readonly numMinDelayRetries: number;
  readonly backoffFunction: 'arithmetic' | 'exponential' | 'geometric' | 'linear';
}

/** What holds for one subscription. */
export interface EffectivePolicy {
  readonly retry: RetryPolicy;
  readonly contentType: string;
}

const RETRY_DEFAULT: RetryPolicy = {
  minDelayTarget: 20,
  maxDelayTarget: 20,
  numRetries: 3,
  numMaxDelayRetries: 0,
  numNoDelayRetries: 0,
  numMinDelayRetries: 0,
  backoffFunction: 'linear',
};
const CONTENT_TYPE_DEFAULT = 'text/plain; charset=UTF-8';

const count = (least: number, most: number) => z.int().min(least).max(most);
const retrySchema = z
  .strictObject({
    minDelayTarget: count(1, 3_600).default(RETRY_DEFAULT.minDelayTarget),
    maxDelayTarget: count(1, 3_600).default(RETRY_DEFAULT.maxDelayTarget),
    numRetries: count(0, 100).default(RETRY_DEFAULT.numRetries),
    numMaxDelayRetries: count(0, 100).default(0),
    numNoDelayRetries: count(0, 100).default(0),
    numMinDelayRetries: count(0, 100).default(0),
    backoffFunction: z.enum(['arithmetic', 'exponential', 'geometric', 'linear']).default('linear'),
  })
  .refine(({ minDelayTarget, maxDelayTarget }) => minDelayTarget <= maxDelayTarget, 'minDelayTarget is above maxDelayTarget')
  .refine(
    ({ numRetries, numMaxDelayRetries, numNoDelayRetries, numMinDelayRetries }) =>
      numMaxDelayRetries + numNoDelayRetries + numMinDelayRetries <= numRetries,
    'the phases have more retries than numRetries',
  )
  .refine(
    (policy) => retryDelaysOf(policy).reduce((sum, delay) => sum + delay, 0) <= 3_600,
    'retries take more than 3600 seconds',
  );
const contentTypeSchema = z
  .string()
  .max(100)
  .regex(/^[\w.+-]+\/[\w.+-]+(?:; *charset=[\w-]+)?$/i);
const requestSchema = z.strictObject({ headerContentType: contentTypeSchema }).nullish();
const topicSchema = z.strictObject({
  http: z.strictObject({
    defaultHealthyRetryPolicy: retrySchema.nullish(),
    disableSubscriptionOverrides: z.boolean().default(false),
    defaultRequestPolicy: requestSchema,
  }),
});
const subscriptionSchema = z.strictObject({
  healthyRetryPolicy: retrySchema.nullish(),
  sicklyRetryPolicy: z.null().optional(),
  throttlePolicy: z.null().optional(),
  requestPolicy: requestSchema,
  guaranteed: z.literal(false).optional(),
});

/** Why a topic's delivery policy can't be taken; undefined when it can. */
export function topicPolicyBreach(text: string): string | undefined {
  return breach(topicSchema, text);
}

/** Why a subscription's delivery policy can't be taken; undefined when it can. `throttlePolicy` is one reason. */
export function subscriptionPolicyBreach(text: string): string | undefined {
  return breach(subscriptionSchema, text);
}

/** `EffectiveDeliveryPolicy` of a topic, JSON. */
export function shownTopicPolicy(topicPolicy: string | undefined): string {
  const { http } = topicOf(topicPolicy);
  return JSON.stringify({
    http: {
      defaultHealthyRetryPolicy: http.defaultHealthyRetryPolicy ?? RETRY_DEFAULT,
      disableSubscriptionOverrides: http.disableSubscriptionOverrides,
      defaultRequestPolicy: http.defaultRequestPolicy ?? { headerContentType: CONTENT_TYPE_DEFAULT },
    },
  });
}

/** `EffectiveDeliveryPolicy` of a subscription over HTTP, JSON. */
export function shownSubscriptionPolicy(topicPolicy: string | undefined, subscriptionPolicy: string | undefined): string {
  const { retry, contentType } = effectivePolicy(topicPolicy, subscriptionPolicy);
  return JSON.stringify({
    healthyRetryPolicy: retry,
    sicklyRetryPolicy: null,
    throttlePolicy: null,
    requestPolicy: { headerContentType: contentType },
    guaranteed: false,
  });
}

/** What holds: the subscription's policy, unless the topic forbids those, then the topic's, then AWS's defaults. */
export function effectivePolicy(topicPolicy: string | undefined, subscriptionPolicy: string | undefined): EffectivePolicy {
  const { http } = topicOf(topicPolicy);
  const own =
    subscriptionPolicy === undefined || http.disableSubscriptionOverrides
      ? {}
      : subscriptionSchema.parse(JSON.parse(subscriptionPolicy));
  return {
    retry: own.healthyRetryPolicy ?? http.defaultHealthyRetryPolicy ?? RETRY_DEFAULT,
    contentType: (own.requestPolicy ?? http.defaultRequestPolicy)?.headerContentType ?? CONTENT_TYPE_DEFAULT,
  };
}

/**
 * Seconds before each retry, phase by phase: none, the least, growing from the least to the most, the most. How AWS's four
 * functions grow is not published; all reach the most at the end of their phase. Source: SNS developer guide, "message
 * delivery retries".
 */
export function retryDelaysOf(policy: RetryPolicy): number[] {
  const { minDelayTarget, maxDelayTarget, numNoDelayRetries, numMinDelayRetries, numMaxDelayRetries, numRetries } = policy;
  const growing = Math.max(0, numRetries - numNoDelayRetries - numMinDelayRetries - numMaxDelayRetries);
  return [
    ...Array.from({ length: numNoDelayRetries }, () => 0),
    ...Array.from({ length: numMinDelayRetries }, () => minDelayTarget),
    ...Array.from({ length: growing }, (_, index) => backoff(policy, growing === 1 ? 1 : index / (growing - 1))),
    ...Array.from({ length: numMaxDelayRetries }, () => maxDelayTarget),
  ];
}

/** `share` is how far the phase has got, 0 to 1. */
function backoff({ backoffFunction, minDelayTarget: least, maxDelayTarget: most }: RetryPolicy, share: number): number {
  switch (backoffFunction) {
    case 'linear':
      return least + (most - least) * share;
    case 'arithmetic':
      return least + ((most - least) * share * (1 + share)) / 2;
    case 'geometric':
    case 'exponential':
      return least * (most / least) ** share;
  }
}

function topicOf(text: string | undefined): z.infer<typeof topicSchema> {
  return topicSchema.parse(text === undefined ? { http: {} } : JSON.parse(text));
}

function breach(schema: z.ZodType, text: string): string | undefined {
  try {
    const { error } = schema.safeParse(JSON.parse(text));
    const issue = error?.issues[0];
    return issue && `${issue.path.join('.') || 'DeliveryPolicy'}: ${issue.message}`;
  } catch {
    return 'failed to parse JSON.';
  }
}
