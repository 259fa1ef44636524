import { z } from 'zod';

/** Parts of a queue's ARN, each perhaps with `*` for any characters and `?` for one. */
const ARN_PATTERN = /^arn:aws[a-z*-]*:sqs:[a-z0-9*?-]+:[0-9*?]{1,12}:[A-Za-z0-9_.*?-]+$/;
const REGION = /^[a-z]{2,}(-[a-z0-9]+)+$/;
/** The whole value, so that no text of a secret can be taken for it. */
const VARIABLE = /^\$\{([A-Za-z_]\w*)\}$/;
const SECRETS = ['accessKeyId', 'secretAccessKey', 'sessionToken'] as const;

const external = z
  .strictObject({
    arns: z
      .array(z.string().regex(ARN_PATTERN, 'must be the ARN of an SQS queue, in which * stands for any characters and ? for one'))
      .min(1, 'must name at least one ARN'),
    endpoint: z
      .url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' })
      .refine((text) => URL.canParse(text) && new URL(text).username === '' && new URL(text).search === '', {
        error: 'must be a URL without user and query',
      })
      .optional(),
    region: z.string().regex(REGION, 'must be the name of a region').optional(),
    profile: z.string().min(1).optional(),
    accessKeyId: z.string().min(1).optional(),
    secretAccessKey: z.string().min(1).optional(),
    sessionToken: z.string().min(1).optional(),
  })
  .refine(({ accessKeyId, secretAccessKey }) => (accessKeyId === undefined) === (secretAccessKey === undefined), {
    error: 'accessKeyId and secretAccessKey go together',
  })
  .refine(({ accessKeyId, sessionToken }) => sessionToken === undefined || accessKeyId !== undefined, {
    error: 'sessionToken goes with accessKeyId and secretAccessKey',
  })
  .refine(({ accessKeyId, profile }) => accessKeyId === undefined || profile === undefined, {
    error: 'either profile or accessKeyId says whose credentials are used',
  });

/** Queues that are elsewhere; the first entry with a pattern that fits an ARN counts. */
export const externalQueuesSchema = z.array(external).max(100).default([]);

/** One entry of {@link externalQueuesSchema}. */
type ExternalQueuesSetting = z.infer<typeof external>;

/**
 * The entries with `${NAME}` in the stead of a credential replaced by the variable of that name. `missing` is called with
 * a sentence when there is no such variable, and must throw.
 */
export function withCredentials(
  entries: readonly ExternalQueuesSetting[],
  environment: Readonly<Record<string, string | undefined>>,
  missing: (sentence: string) => never,
): ExternalQueuesSetting[] {
  return entries.map((entry, index) => {
    const found = SECRETS.flatMap((name) => {
      const variable = VARIABLE.exec(entry[name] ?? '')?.[1];
      if (variable === undefined) return [];
      const value = environment[variable];
      if (!value) return missing(`the setting external.sqs.${index}.${name}: there is no environment variable ${variable}`);
      return [[name, value] as const];
    });
    return { ...entry, ...Object.fromEntries(found) };
  });
}
