import type { TestContext } from 'node:test';
import { IAMClient } from '@aws-sdk/client-iam';
import { STSClient } from '@aws-sdk/client-sts';
import { FakeClock } from '../../adapters/memory/fake-clock.ts';
import { MemoryMetadataStore } from '../../adapters/memory/metadata-store.ts';
import { QuietLogger } from '../../adapters/memory/quiet-logger.ts';
import { systemIds } from '../../adapters/system/ids.ts';
import { startListener } from '../../wire/wire-fixture.ts';
import { createSts } from '../sts/create-sts.ts';
import { createIam } from './create-iam.ts';

/** For tests: the account of clients that name no other. */
export const ACCOUNT = '111122223333';
/** For tests: a trust policy. */
export const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});
/** For tests: a policy on one action. */
export const policyOn = (action: string): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] });

/** For tests: IAM and STS behind a listener, and the official clients. */
export interface IamFixture {
  readonly iam: IAMClient;
  readonly sts: STSClient;
  readonly clock: FakeClock;
  readonly store: MemoryMetadataStore;
  readonly logger: QuietLogger;
  /** A client with another key. */
  readonly stsOf: (accessKeyId: string) => STSClient;
  readonly iamOf: (accessKeyId: string) => IAMClient;
  /** Sends a bare request to a service and gives back its status and body. */
  readonly send: (service: 'iam' | 'sts', body: string | Buffer, query?: string, method?: string) => Promise<[number, string]>;
}

/** For tests: starts IAM and STS. */
export async function openIam(t: TestContext): Promise<IamFixture> {
  const [store, clock, logger, ids] = [new MemoryMetadataStore(), new FakeClock(), new QuietLogger(), systemIds()];
  const iam = createIam({ store, clock, ids, logger });
  const sts = createSts({ store, clock, ids, logger, findRole: iam.findRole, defaultAccount: '000000000000' });
  const { port } = await startListener(t, [iam.service, sts], { logger });
  const options = (accessKeyId: string) => ({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: 'x' },
    maxAttempts: 1,
  });
  const destroyed = <Client extends { destroy(): void }>(client: Client): Client => {
    t.after(() => client.destroy());
    return client;
  };
  const iamOf = (accessKeyId: string): IAMClient => destroyed(new IAMClient(options(accessKeyId)));
  const stsOf = (accessKeyId: string): STSClient => destroyed(new STSClient(options(accessKeyId)));
  const send: IamFixture['send'] = async (service, body, query = '', method = 'POST') => {
    const response = await fetch(`http://127.0.0.1:${port}/${query}`, {
      method,
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${ACCOUNT}/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
        ...(method === 'GET' ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(method === 'GET' ? {} : { body }),
    });
    return [response.status, await response.text()];
  };
  return { iam: iamOf(ACCOUNT), sts: stsOf(ACCOUNT), clock, store, logger, iamOf, stsOf, send };
}
