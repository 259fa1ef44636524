import { z } from 'zod';
import { externalQueuesSchema } from './external-queues.ts';

const count = (fallback: number, text: string) => z.coerce.number().int().min(0).default(fallback).describe(text);

/** Every setting, with its default and what it means. Unknown keys are refused. */
export const settingsSchema = z.strictObject({
  port: z.coerce.number().int().min(0).max(65_535).default(4566).describe('Port of all services; 0 takes a free one.'),
  host: z.string().default('127.0.0.1').describe('Address to listen on. Beyond loopback only with `allowUnauthenticated`.'),
  dataDir: z.string().default('.lambkin').describe('Folder of everything that is kept.'),
  region: z.string().default('us-east-1').describe('Region of requests that name none.'),
  account: z
    .string()
    .regex(/^\d{12}$/)
    .default('000000000000')
    .describe('Account of requests whose access key names none.'),
  allowUnauthenticated: z
    .stringbool()
    .or(z.boolean())
    .default(false)
    .describe('Listen beyond loopback although signatures are not verified yet.'),
  blockPublicPolicies: z
    .stringbool()
    .or(z.boolean())
    .default(false)
    .describe('Refuse resource policies of functions that let everybody in.'),
  allowedOrigins: z.array(z.string()).default([]).describe('Web origins that may call the server from a browser.'),
  allowedHosts: z
    .array(z.string())
    .default([])
    .describe('Host names besides IP addresses and localhost by which the server is reached.'),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe("Least level of the server's own log."),
  shutdownGraceMs: count(30_000, 'How long a stop waits for requests in flight.'),
  sandbox: z
    .strictObject({
      driver: z
        .enum(['auto', 'bubblewrap', 'process'])
        .default('auto')
        .describe('How functions are isolated; `bubblewrap` fails when it can not be used.'),
      imageDriver: z
        .enum(['auto', 'docker', 'none'])
        .default('auto')
        .describe('What runs functions of container images; `auto` is bubblewrap where it is the driver, `none` refuses them.'),
      dockerSocket: z.string().default('/var/run/docker.sock').describe('Socket of Docker Engine, for `imageDriver: docker`.'),
      network: z
        .enum(['host', 'isolated'])
        .default('host')
        .describe("`isolated` gives each environment a network of its own (Linux, as root); `host` lets them share the host's."),
      egress: z
        .enum(['none', 'internet'])
        .default('internet')
        .describe(
          'What isolated networks reach beyond Lambkin: nothing, or the world by the address of the host (needs nftables).',
        ),
      egressInterfaces: z
        .array(z.string())
        .default([])
        .describe('Interfaces of the host by which isolated networks reach the world; empty is those of its default routes.'),
      memoryBudgetMb: count(0, 'Memory that all environments may use together; 0 is 70 % of the host.'),
      environmentsMax: count(1_000, 'Environments on this node.'),
      environmentsPerFunctionMax: count(1_000, 'Environments of one version of a function; more invocations wait.'),
      startingMax: count(0, 'Environments that start at a time; 0 is two a core.'),
      idleTimeoutSeconds: count(600, 'When an idle environment is given up.'),
      freezeAfterMs: count(10, 'When an idle environment is frozen.'),
    })
    .prefault({}),
  invoke: z
    .strictObject({
      accountConcurrency: count(1_000, 'Concurrent executions of an account in a region.'),
      waitingMax: count(10_000, 'Invocations that may wait for an environment; more are throttled.'),
      requestsPerConcurrency: count(
        0,
        'Synchronous requests a second for each concurrent execution that is reserved or left to share; 0 is no bound, Lambda has 10.',
      ),
      newEnvironmentsPerTenSeconds: count(
        0,
        'New environments of a function in ten seconds, those that are provisioned apart; 0 is no bound, Lambda has 1,000.',
      ),
      asyncRetryDelaysSeconds: z
        .array(z.coerce.number().min(0))
        .length(2)
        .default([60, 120])
        .describe('Waits before the second and the third attempt of an asynchronous event.'),
      asyncConcurrencyMax: count(64, 'Asynchronous events that run at a time.'),
    })
    .prefault({}),
  limits: z
    .strictObject({
      codeStorageMb: count(76_800, 'Code of functions and layers that an account may store in a region.'),
      aliasesPerFunction: count(10_000, 'Aliases of one function.'),
      capacityProviders: count(1_000, 'Capacity providers of an account in a region.'),
      versionsPerCapacityProvider: count(100, 'Published function versions on one capacity provider.'),
      kinesisThroughput: z
        .stringbool()
        .or(z.boolean())
        .default(false)
        .describe('Hold the shards of Kinesis streams to the throughput that they have on AWS.'),
    })
    .prefault({}),
  downloads: z
    .strictObject({
      mavenRepository: z
        .string()
        .default('https://repo1.maven.org/maven2')
        .describe('Where `lambkin runtime add` finds the client for Java.'),
      npmRegistry: z
        .string()
        .default('')
        .describe(
          'Where `lambkin runtime add` finds Node.js; empty is what npm is configured to use, or https://registry.npmjs.org without npm.',
        ),
    })
    .prefault({}),
  external: z
    .strictObject({
      sqs: externalQueuesSchema.describe(
        'Queues that are elsewhere: a list of `arns` with an `endpoint` and what else `docs/sqs.md` names; JSON in a variable or a flag.',
      ),
    })
    .prefault({}),
  images: z
    .strictObject({
      registries: z
        .record(z.string(), z.string())
        .default({})
        .describe(
          'Where the images of a registry really are, by its host: `123456789012.dkr.ecr.us-east-1.amazonaws.com` to a URL.',
        ),
      credentials: z
        .record(z.string(), z.string())
        .default({})
        .describe('`user:password` for a registry, by its host as it stands in the names of images.'),
      insecureRegistries: z.array(z.string()).default([]).describe('Hosts beyond loopback that may be asked by plain HTTP.'),
      layoutDirectories: z
        .array(z.string())
        .default([])
        .describe('Folders in which images named `oci:/path` may lie, as OCI layouts or tars of them.'),
    })
    .prefault({}),
  runtimes: z
    .record(z.string(), z.string())
    .default({})
    .describe(
      'Interpreter of a runtime, by its name, in the stead of what is found. For Java and Ruby it may be of another version.',
    ),
});

/** All settings, complete. */
export type Settings = z.infer<typeof settingsSchema>;
