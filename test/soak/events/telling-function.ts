import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingCommandInput,
  CreateFunctionCommand,
  GetEventSourceMappingCommand,
  type LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { zip } from '../../e2e/zip.ts';

/** Tells the recorder what it was given, by name, and fails when that was not heard. */
const SOURCE = `
  const namesOf = (record) => {
    if (record.dynamodb) return [record.dynamodb.NewImage.name.S];
    if (record.kinesis) return [JSON.parse(Buffer.from(record.kinesis.data, 'base64')).name];
    const body = JSON.parse(record.body);
    if (body.Event === 's3:TestEvent') return [];
    return body.Records ? body.Records.map(({ s3 }) => 's3/' + s3.object.key) : [body.name];
  };
  export const handler = async (event) => {
    const lines = event.Records ? event.Records.flatMap(namesOf) : [event.name];
    if (lines.length === 0) return;
    const { ok } = await fetch(process.env.RECORDER, { method: 'POST', body: lines.join('\\n') });
    if (!ok) throw new Error('not heard');
  };`;

/** Makes the function; resolves when it can be invoked. Its timeout is five seconds. */
export async function createTellingFunction(lambda: LambdaClient, FunctionName: string, RECORDER: string): Promise<void> {
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/test',
      MemorySize: 1_769,
      Timeout: 5,
      Environment: { Variables: { RECORDER } },
      Code: { ZipFile: await zip({ 'index.mjs': SOURCE }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 30, minDelay: 1 }, { FunctionName });
}

/** Makes the mapping; resolves when it is enabled. */
export async function map(lambda: LambdaClient, input: CreateEventSourceMappingCommandInput): Promise<void> {
  const { UUID } = await lambda.send(new CreateEventSourceMappingCommand(input));
  while ((await lambda.send(new GetEventSourceMappingCommand({ UUID }))).State !== 'Enabled');
}
