import assert from 'node:assert/strict';
import {
  CreateCodeSigningConfigCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  ListTagsCommand,
  PublishVersionCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-lambda';
import { assertError, assertHeaders } from './function-answers.ts';
import { ACCOUNT, type ConformanceCase, fails, REGION, type World } from './world.ts';

const ID = '00000000-0000-4000-8000-000000000000';
const notFound = (message: string) => ({ code: 'ResourceNotFoundException', status: 404, message, type: 'User' }) as const;
const invalid = (message: string | RegExp) =>
  ({ code: 'InvalidParameterValueException', status: 400, message, type: 'User' }) as const;
const pathOf = (arn: string): string => `/2017-03-31/tags/${encodeURIComponent(arn)}`;

const tag = ({ lambda }: World, Resource: string, Tags: Record<string, string>) =>
  lambda.send(new TagResourceCommand({ Resource, Tags }));
const untag = ({ lambda }: World, Resource: string, TagKeys: string[]) =>
  lambda.send(new UntagResourceCommand({ Resource, TagKeys }));
const list = async ({ lambda }: World, Resource: string) => (await lambda.send(new ListTagsCommand({ Resource }))).Tags;

const tags = (count: number, prefix = 'k'): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, 'v']));

async function arnOf(world: World): Promise<string> {
  return world.arn(`function:${await world.function()}`);
}

/** What holds for each of the three operations: `call` asks it for the resource. */
type Call = (world: World, resource: string) => Promise<unknown>;
function each(name: string, run: (world: World, call: Call) => Promise<void>): ConformanceCase[] {
  return [
    { operation: 'TagResource', name, run: (world) => run(world, (own, resource) => tag(own, resource, { a: 'b' })) },
    { operation: 'UntagResource', name, run: (world) => run(world, (own, resource) => untag(own, resource, ['a'])) },
    { operation: 'ListTags', name, run: (world) => run(world, list) },
  ];
}

/** Cases of tags. */
export const TAG_CASES: readonly ConformanceCase[] = [
  ...each('what is not there is told in the words of its kind', async (world, call) => {
    const missing: readonly (readonly [string, string])[] = [
      ['function:nobody', 'Function not found'],
      [`event-source-mapping:${ID}`, 'Event source mapping not found'],
      ['capacity-provider:nobody', 'Capacity provider not found'],
    ];
    for (const [resource, words] of missing) {
      const arn = world.arn(resource);
      await fails(call(world, arn), notFound(`${words}: ${arn}`));
    }
    for (const resource of ['code-signing-config:csc-00000000000000000', 'network-connector:nobody'])
      await fails(call(world, world.arn(resource)), { code: 'ResourceNotFoundException', status: 404 });
  }),
  ...each('versions, aliases and `$LATEST` have no tags', async (world, call) => {
    const arn = await arnOf(world);
    await world.lambda.send(new PublishVersionCommand({ FunctionName: arn }));
    for (const qualifier of ['1', 'live', '$LATEST'])
      await fails(
        call(world, `${arn}:${qualifier}`),
        invalid('Tags on function aliases and versions are not supported. Please specify a function ARN.'),
      );
  }),
  ...each('ARNs of what has no tags, names, and ARNs of others are refused', async (world, call) => {
    const pattern = (value: string) =>
      ({
        code: 'ValidationException',
        status: 400,
        message: new RegExp(
          `^1 validation error detected: Value '${value}' at 'resource' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:`,
        ),
      }) as const;
    await fails(call(world, 'name'), pattern('name'));
    for (const resource of ['layer:l', 'layer:l:1', `event-source-mapping:${ID}:live`, 'function:f:a.b'])
      await fails(call(world, world.arn(resource)), pattern(world.arn(resource).replaceAll('.', '\\.')));
    await fails(
      call(world, `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:f`),
      notFound(`Functions from 'eu-west-1' are not reachable in this region ('${REGION}')`),
    );
    for (const resource of ['function:f', `event-source-mapping:${ID}`])
      await fails(call(world, `arn:aws:lambda:${REGION}:111122223333:${resource}`), {
        code: 'AccessDeniedException',
        status: 403,
      });
  }),
  {
    operation: 'TagResource',
    name: 'adds tags and gives those that are there other values; answers 204 without a body',
    run: async (world) => {
      const arn = await arnOf(world);
      const answer = await world.raw('POST', pathOf(arn), { Tags: { a: '1', b: '' } });
      assert.equal(answer.status, 204, answer.text);
      assert.equal(answer.text, '');
      assertHeaders(answer);
      await tag(world, arn, { b: '2', 'ü _.:/=+-@': 'ü _.:/=+-@' });
      const expected = { a: '1', b: '2', 'ü _.:/=+-@': 'ü _.:/=+-@' };
      assert.deepEqual(await list(world, arn), expected);
      assert.deepEqual((await world.lambda.send(new GetFunctionCommand({ FunctionName: arn }))).Tags, expected);
      const plain = await world.raw('POST', `/2017-03-31/tags/${arn}`, { Tags: { c: '3' } });
      assert.equal(plain.status, 204, plain.text);
    },
  },
  {
    operation: 'TagResource',
    name: 'fifty tags and no more, counted after they were added',
    run: async (world) => {
      const arn = await arnOf(world);
      const limit = invalid('Number of tags exceeds resource tag limit.');
      await fails(tag(world, arn, tags(51)), limit);
      await tag(world, arn, tags(49));
      await fails(tag(world, arn, tags(2, 'other')), limit);
      await tag(world, arn, { ...tags(49), last: 'v' });
      await tag(world, arn, { k0: 'changed' });
      await fails(tag(world, arn, { more: 'v' }), limit);
      assertError(await world.raw('POST', pathOf(arn), { Tags: { more: 'v' } }), 400, 'InvalidParameterValueException', {
        Type: 'User',
        message: limit.message,
      });
      assert.equal(Object.keys((await list(world, arn)) ?? {}).length, 50);
    },
  },
  {
    operation: 'TagResource',
    name: 'no tags at all, wrong characters and those that AWS keeps for itself are refused',
    run: async (world) => {
      const arn = await arnOf(world);
      await fails(tag(world, arn, {}), invalid('An error occurred and the request cannot be processed.'));
      await fails(tag(world, arn, { 'aws:x': 'v' }), invalid(/reserved for AWS/));
      const constraint = (what: string, max: number, min: number): string =>
        `${what} must satisfy constraint: [Member must have length less than or equal to ${max}, Member must have length greater than or equal to ${min}, Member must satisfy regular expression pattern: ([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)]`;
      const violates = (value: string, text: string) =>
        ({
          code: 'ValidationException',
          status: 400,
          message: `1 validation error detected: Value '${value}' at 'tags' failed to satisfy constraint: ${text}`,
        }) as const;
      await fails(tag(world, arn, { 'a#': 'v' }), violates('{a#=v}', constraint('Map keys', 128, 1)));
      await fails(tag(world, arn, { '': 'v' }), violates('{=v}', constraint('Map keys', 128, 1)));
      await fails(tag(world, arn, { a: '#' }), violates('{a=#}', constraint('Map value', 256, 0)));
      await fails(tag(world, arn, { ['k'.repeat(129)]: 'v' }), { code: 'ValidationException', status: 400 });
      await fails(tag(world, arn, { k: 'v'.repeat(257) }), { code: 'ValidationException', status: 400 });
      await tag(world, arn, { ['k'.repeat(128)]: 'v'.repeat(256) });
      assertError(await world.raw('POST', pathOf(arn), {}), 400, 'ValidationException', {
        message: "1 validation error detected: Value null at 'tags' failed to satisfy constraint: Member must not be null",
      });
    },
  },
  {
    operation: 'TagResource',
    name: 'tagging and untagging give the function a new revision and time',
    run: async (world) => {
      const arn = await arnOf(world);
      const read = () => world.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: arn }));
      const before = await read();
      await tag(world, arn, { a: 'b' });
      const tagged = await read();
      await untag(world, arn, ['a']);
      const after = await read();
      assert.equal(new Set([before.RevisionId, tagged.RevisionId, after.RevisionId]).size, 3);
      assert.ok((tagged.LastModified ?? '') >= (before.LastModified ?? ''));
      assert.equal(after.LastUpdateStatus, 'Successful');
    },
  },
  {
    operation: 'TagResource',
    name: 'of many at once none is lost',
    run: async (world) => {
      const arn = await arnOf(world);
      await Promise.all(Object.entries(tags(12)).map(([key, value]) => tag(world, arn, { [key]: value })));
      assert.deepEqual(await list(world, arn), tags(12));
    },
  },
  {
    operation: 'TagResource',
    name: 'tags what else has tags',
    run: async (world) => {
      const { CodeSigningConfig } = await world.lambda.send(
        new CreateCodeSigningConfigCommand({
          AllowedPublishers: {
            SigningProfileVersionArns: [`arn:aws:signer:${REGION}:${ACCOUNT}:/signing-profiles/p/0123456789`],
          },
          Tags: { a: '1' },
        }),
      );
      const arn = CodeSigningConfig?.CodeSigningConfigArn ?? '';
      await tag(world, arn, { b: '2' });
      assert.deepEqual(await list(world, arn), { a: '1', b: '2' });
      await untag(world, arn, ['a']);
      assert.deepEqual(await list(world, arn), { b: '2' });
    },
  },
  {
    operation: 'UntagResource',
    name: 'takes tags away, is content when they are not there, and answers 204 without a body',
    run: async (world) => {
      const arn = await arnOf(world);
      await tag(world, arn, { a: '1', 'b c': '2', d: '3' });
      const answer = await world.raw('DELETE', `${pathOf(arn)}?tagKeys=a&tagKeys=b%20c&tagKeys=none`);
      assert.equal(answer.status, 204, answer.text);
      assert.equal(answer.text, '');
      assertHeaders(answer);
      assert.deepEqual(await list(world, arn), { d: '3' });
      await untag(world, arn, ['a']);
      await untag(world, arn, ['d']);
      assert.deepEqual(await list(world, arn), {});
      assert.equal((await world.lambda.send(new GetFunctionCommand({ FunctionName: arn }))).Tags, undefined);
    },
  },
  {
    operation: 'UntagResource',
    name: 'keys are required, and have their lengths and characters',
    run: async (world) => {
      const arn = await arnOf(world);
      assertError(await world.raw('DELETE', pathOf(arn)), 400, 'ValidationException', {
        message: "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null",
      });
      await fails(untag(world, arn, ['a#']), {
        code: 'ValidationException',
        status: 400,
        message:
          /^1 validation error detected: Value '\[a#\]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: \[/,
      });
    },
  },
  {
    operation: 'ListTags',
    name: 'answers the tags, also when there are none',
    run: async (world) => {
      const arn = await arnOf(world);
      const none = await world.raw('GET', pathOf(arn));
      assert.equal(none.status, 200);
      assertHeaders(none);
      assert.deepEqual(none.json, { Tags: {} });
      const name = await world.function({ Tags: { made: 'with' } });
      assert.deepEqual(await list(world, world.arn(`function:${name}`)), { made: 'with' });
    },
  },
];
