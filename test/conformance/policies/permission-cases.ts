import assert from 'node:assert/strict';
import {
  AddPermissionCommand,
  type AddPermissionCommandInput,
  CreateAliasCommand,
  GetAliasCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  PublishVersionCommand,
  RemovePermissionCommand,
} from '@aws-sdk/client-lambda';
import { assertError, assertHeaders } from '../function-answers.ts';
import { ACCOUNT, type ConformanceCase, fails, REGION, type World } from '../world.ts';

const STALE = '00000000-0000-4000-8000-000000000000';
const POLICY_BYTES_MAX = 20_480;
const path = (name: string): string => `/2015-03-31/functions/${name}/policy`;
const notFound = (message: string) => ({ code: 'ResourceNotFoundException', status: 404, message, type: 'User' }) as const;
const invalid = (message: string | RegExp) =>
  ({ code: 'InvalidParameterValueException', status: 400, message, type: 'User' }) as const;
const violates = (value: string, at: string, constraint: string) =>
  ({
    code: 'ValidationException',
    status: 400,
    message: `1 validation error detected: Value ${value} at '${at}' failed to satisfy constraint: ${constraint}`,
    type: null,
  }) as const;
const STALE_POLICY = {
  code: 'PreconditionFailedException',
  status: 412,
  message:
    'The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id',
  type: 'User',
} as const;
const NO_POLICY = notFound('The resource you requested does not exist.');

type Permission = Partial<Omit<AddPermissionCommandInput, 'FunctionName'>>;
const REQUIRED = { StatementId: 's', Action: 'lambda:InvokeFunction', Principal: 's3.amazonaws.com' } as const;

const add = async ({ lambda }: World, FunctionName: string, input: Permission = {}): Promise<string> =>
  (await lambda.send(new AddPermissionCommand({ FunctionName, ...REQUIRED, ...input }))).Statement ?? '';
const get = ({ lambda }: World, FunctionName: string, Qualifier?: string) =>
  lambda.send(new GetPolicyCommand({ FunctionName, Qualifier }));
const remove = ({ lambda }: World, FunctionName: string, StatementId: string, Qualifier?: string, RevisionId?: string) =>
  lambda.send(new RemovePermissionCommand({ FunctionName, StatementId, Qualifier, RevisionId }));

async function published(world: World): Promise<string> {
  const FunctionName = await world.function();
  await world.lambda.send(new PublishVersionCommand({ FunctionName }));
  await world.lambda.send(new CreateAliasCommand({ FunctionName, Name: 'live', FunctionVersion: '1' }));
  return FunctionName;
}

/** Revisions of the function, its version 1 and its alias `live`. */
async function revisions({ lambda }: World, FunctionName: string): Promise<(string | undefined)[]> {
  const answers = await Promise.all([
    lambda.send(new GetFunctionConfigurationCommand({ FunctionName })),
    lambda.send(new GetFunctionConfigurationCommand({ FunctionName, Qualifier: '1' })),
    lambda.send(new GetAliasCommand({ FunctionName, Name: 'live' })),
  ]);
  return answers.map(({ RevisionId }) => RevisionId);
}

const ADD_CASES: readonly ConformanceCase[] = [
  {
    operation: 'AddPermission',
    name: 'answers 201 with the statement as one text, its keys in the order of AWS',
    run: async (world) => {
      const name = await world.function();
      const answer = await world.raw('POST', path(name), REQUIRED);
      assert.equal(answer.status, 201, answer.text);
      assertHeaders(answer);
      const Resource = world.arn(`function:${name}`);
      assert.deepEqual(answer.json, {
        Statement: `{"Sid":"s","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"${Resource}"}`,
      });
    },
  },
  {
    operation: 'AddPermission',
    name: 'principals are services, accounts, roles and users, or everybody',
    run: async (world) => {
      const name = await world.function();
      const principals: readonly (readonly [string, unknown])[] = [
        ['events.amazonaws.com', { Service: 'events.amazonaws.com' }],
        [`logs.${REGION}.amazonaws.com`, { Service: `logs.${REGION}.amazonaws.com` }],
        ['alexa-appkit.amazon.com', { Service: 'alexa-appkit.amazon.com' }],
        ['111122223333', { AWS: 'arn:aws:iam::111122223333:root' }],
        ['arn:aws:iam::111122223333:root', { AWS: 'arn:aws:iam::111122223333:root' }],
        ['arn:aws:iam::111122223333:role/path/r', { AWS: 'arn:aws:iam::111122223333:role/path/r' }],
        ['arn:aws:iam::111122223333:user/u', { AWS: 'arn:aws:iam::111122223333:user/u' }],
        ['*', '*'],
      ];
      for (const [index, [Principal, expected]] of principals.entries()) {
        const statement = JSON.parse(await add(world, name, { StatementId: `s${index}`, Principal })) as { Principal: unknown };
        assert.deepEqual(statement.Principal, expected);
      }
      const wrong = invalid('The provided principal was invalid. Please check the principal and try again.');
      for (const Principal of ['nobody', '1234', 'arn:aws:s3:::bucket', 's3.example.com', 'arn:aws:iam::1:root', '1111222233334'])
        await fails(add(world, name, { StatementId: 'wrong', Principal }), wrong);
      await fails(
        add(world, name, { Principal: 'a b' }),
        violates("'a b'", 'principal', 'Member must satisfy regular expression pattern: [^\\s]+'),
      );
    },
  },
  {
    operation: 'AddPermission',
    name: 'conditions come by operator and in the order of AWS, and only those that are asked for',
    run: async (world) => {
      const name = await world.function();
      const SourceArn = `arn:aws:s3:::bucket`;
      const conditions: readonly (readonly [Permission, string | undefined])[] = [
        [{}, undefined],
        [{ SourceArn }, `{"ArnLike":{"AWS:SourceArn":"${SourceArn}"}}`],
        [{ SourceAccount: ACCOUNT }, `{"StringEquals":{"AWS:SourceAccount":"${ACCOUNT}"}}`],
        [
          { SourceArn, SourceAccount: ACCOUNT },
          `{"StringEquals":{"AWS:SourceAccount":"${ACCOUNT}"},"ArnLike":{"AWS:SourceArn":"${SourceArn}"}}`,
        ],
        [{ EventSourceToken: 'amzn1.ask.skill' }, '{"StringEquals":{"lambda:EventSourceToken":"amzn1.ask.skill"}}'],
        [{ Principal: '*', PrincipalOrgID: 'o-0123456789' }, '{"StringEquals":{"aws:PrincipalOrgID":"o-0123456789"}}'],
        [
          { Action: 'lambda:InvokeFunctionUrl', Principal: '*', FunctionUrlAuthType: 'NONE' },
          '{"StringEquals":{"lambda:FunctionUrlAuthType":"NONE"}}',
        ],
        [{ InvokedViaFunctionUrl: true }, '{"Bool":{"lambda:InvokedViaFunctionUrl":"true"}}'],
        [{ InvokedViaFunctionUrl: false }, '{"Bool":{"lambda:InvokedViaFunctionUrl":"false"}}'],
        [
          {
            InvokedViaFunctionUrl: true,
            SourceArn,
            EventSourceToken: 't',
            PrincipalOrgID: 'o-0123456789',
            FunctionUrlAuthType: 'AWS_IAM',
            SourceAccount: ACCOUNT,
          },
          `{"StringEquals":{"AWS:SourceAccount":"${ACCOUNT}","lambda:FunctionUrlAuthType":"AWS_IAM","aws:PrincipalOrgID":"o-0123456789","lambda:EventSourceToken":"t"},"ArnLike":{"AWS:SourceArn":"${SourceArn}"},"Bool":{"lambda:InvokedViaFunctionUrl":"true"}}`,
        ],
      ];
      for (const [index, [input, expected]] of conditions.entries()) {
        const text = await add(world, name, { ...input, StatementId: `s${index}` });
        const end = expected === undefined ? `"Resource":"${world.arn(`function:${name}`)}"}` : `,"Condition":${expected}}`;
        assert.ok(text.endsWith(end), text);
      }
    },
  },
  {
    operation: 'AddPermission',
    name: 'the function, each version and each alias has a policy of its own, and names itself as the resource',
    run: async (world) => {
      const name = await published(world);
      const arn = world.arn(`function:${name}`);
      const scopes: readonly (readonly [string, string | undefined, string])[] = [
        [name, undefined, arn],
        [name, '1', `${arn}:1`],
        [`${name}:live`, undefined, `${arn}:live`],
      ];
      for (const [form, Qualifier, Resource] of scopes) {
        const statement = JSON.parse(await add(world, form, { Qualifier })) as { Resource: string };
        assert.equal(statement.Resource, Resource);
        await fails(add(world, form, { Qualifier }), {
          code: 'ResourceConflictException',
          status: 409,
          message:
            'The statement id (s) provided already exists. Please provide a new statement id, or remove the existing statement.',
          type: 'User',
        });
      }
      for (const [form, Qualifier, Resource] of scopes) {
        const { Policy = '' } = await get(world, form, Qualifier);
        const { Statement } = JSON.parse(Policy) as { Statement: { Resource: string }[] };
        assert.deepEqual(
          Statement.map((statement) => statement.Resource),
          [Resource],
        );
      }
    },
  },
  {
    operation: 'AddPermission',
    name: 'gives the scope that it touches a new revision, and no other',
    run: async (world) => {
      const name = await published(world);
      for (const [touched, Qualifier] of [undefined, '1', 'live'].entries()) {
        const before = await revisions(world, name);
        await add(world, name, { Qualifier });
        const added = await revisions(world, name);
        for (const scope of [0, 1, 2]) assert.equal(before[scope] === added[scope], scope !== touched);
        assert.equal((await get(world, name, Qualifier)).RevisionId, added[touched]);
        await remove(world, name, 's', Qualifier);
        const removed = await revisions(world, name);
        for (const scope of [0, 1, 2]) assert.equal(added[scope] === removed[scope], scope !== touched);
      }
    },
  },
  {
    operation: 'AddPermission',
    name: 'a revision that is given must be that of the scope',
    run: async (world) => {
      const name = await published(world);
      const [latest, first, live] = await revisions(world, name);
      await fails(add(world, name, { RevisionId: STALE }), STALE_POLICY);
      await fails(add(world, name, { RevisionId: STALE, Principal: 'nobody' }), STALE_POLICY);
      await fails(add(world, name, { RevisionId: latest, Qualifier: '1' }), STALE_POLICY);
      await add(world, name, { RevisionId: latest });
      await add(world, name, { RevisionId: first, Qualifier: '1' });
      await add(world, name, { RevisionId: live, Qualifier: 'live' });
      await fails(add(world, name, { RevisionId: latest, StatementId: 't' }), STALE_POLICY);
      const answer = await world.raw('POST', path(name), { ...REQUIRED, RevisionId: STALE });
      assertError(answer, 412, 'PreconditionFailedException', { Type: 'User', message: STALE_POLICY.message });
    },
  },
  {
    operation: 'AddPermission',
    name: 'shapes: actions of Lambda, names of statements without dots, accounts of twelve digits, and the required',
    run: async (world) => {
      const name = await world.function();
      const pattern = (expression: string): string => `Member must satisfy regular expression pattern: ${expression}`;
      const action = pattern('(lambda:[*]|lambda:[a-zA-Z]+|[*])');
      for (const Action of ['s3:GetObject', 'lambda:', 'lambda:Get*', 'invoke'])
        await fails(add(world, name, { Action }), violates(`'${Action}'`, 'action', action));
      for (const [index, Action] of ['*', 'lambda:*', 'lambda:GetFunction'].entries())
        await add(world, name, { Action, StatementId: `a${index}` });
      for (const StatementId of ['a.b', 'a b', 'ü'])
        await fails(add(world, name, { StatementId }), violates(`'${StatementId}'`, 'statementId', pattern('([a-zA-Z0-9-_]+)')));
      await fails(
        add(world, name, { StatementId: 'a'.repeat(101) }),
        violates(`'${'a'.repeat(101)}'`, 'statementId', 'Member must have length less than or equal to 100'),
      );
      await fails(add(world, name, { SourceAccount: '1' }), violates("'1'", 'sourceAccount', pattern('\\d{12}')));
      await fails(add(world, name, { SourceArn: 'bucket' }), { code: 'ValidationException', status: 400 });
      await fails(add(world, name, { PrincipalOrgID: 'o-1' }), { code: 'ValidationException', status: 400 });
      await fails(
        add(world, name, { FunctionUrlAuthType: 'x' as never }),
        violates("'x'", 'functionUrlAuthType', 'Member must satisfy enum value set: [AWS_IAM, NONE]'),
      );
      const missing = (at: string): string => `Value null at '${at}' failed to satisfy constraint: Member must not be null`;
      assertError(await world.raw('POST', path(name), {}), 400, 'ValidationException', {
        message: `3 validation errors detected: ${missing('statementId')}; ${missing('action')}; ${missing('principal')}`,
      });
    },
  },
  {
    operation: 'AddPermission',
    name: 'what is not there, and `$LATEST`, is told in the words of each',
    run: async (world) => {
      const name = await world.function();
      const arn = world.arn(`function:${name}`);
      const unsupported = invalid('We currently do not support adding policies for $LATEST.');
      await fails(add(world, name, { Qualifier: '$LATEST' }), unsupported);
      await fails(add(world, `${name}:$LATEST`), unsupported);
      await fails(add(world, name, { Qualifier: '1' }), notFound(`Function not found: ${arn}:1`));
      await fails(add(world, name, { Qualifier: 'none' }), notFound(`Cannot find alias arn: ${arn}:none`));
      await fails(add(world, name, { Qualifier: 'a$b' }), notFound(`Function not found: ${arn}:a$b`));
      await fails(add(world, 'nobody'), notFound(`Function not found: ${world.arn('function:nobody')}`));
      await fails(
        add(world, `${name}:1`, { Qualifier: '2' }),
        invalid('The derived qualifier from the function name does not match the specified qualifier.'),
      );
      await fails(
        add(world, `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:f`),
        notFound(`Functions from 'eu-west-1' are not reachable in this region ('${REGION}')`),
      );
      const foreign = await world.raw('POST', path(`arn:aws:lambda:${REGION}:111122223333:function:f`), REQUIRED);
      assertError(foreign, 403, 'AccessDeniedException', { Message: null });
    },
  },
  {
    operation: 'AddPermission',
    name: 'a policy has 20480 bytes and no more',
    run: async (world) => {
      const name = await world.function();
      const source = (length: number): string => `arn:aws:s3:::${'b'.repeat(length)}`;
      await add(world, name, { StatementId: 'a', SourceArn: source(9_900) });
      const sizeOf = async (): Promise<number> => Buffer.byteLength((await get(world, name)).Policy ?? '');
      const before = await sizeOf();
      await add(world, name, { StatementId: 'b', SourceArn: source(0) });
      const room = POLICY_BYTES_MAX - (await sizeOf());
      await remove(world, name, 'b');
      assert.equal(await sizeOf(), before);
      const message = `The final policy size (${POLICY_BYTES_MAX + 1}) is bigger than the limit (${POLICY_BYTES_MAX}).`;
      const half = Math.floor(room / 2);
      await add(world, name, { StatementId: 'b', SourceArn: source(half) });
      const left = POLICY_BYTES_MAX - (await sizeOf());
      const overhead = Buffer.byteLength(
        `,{"Sid":"c","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"${world.arn(`function:${name}`)}","Condition":{"ArnLike":{"AWS:SourceArn":"${source(0)}"}}}`,
      );
      const last = { StatementId: 'c', SourceArn: source(left - overhead + 1) };
      await fails(add(world, name, last), { code: 'PolicyLengthExceededException', status: 400, message, type: 'User' });
      assertError(await world.raw('POST', path(name), { ...REQUIRED, ...last }), 400, 'PolicyLengthExceededException', {
        Type: 'User',
        message,
      });
      await add(world, name, { ...last, SourceArn: source(left - overhead) });
      assert.equal(await sizeOf(), POLICY_BYTES_MAX);
    },
  },
  {
    operation: 'AddPermission',
    name: 'of many at once none is lost',
    run: async (world) => {
      const name = await world.function();
      const ids = Array.from({ length: 12 }, (_, index) => `s${index}`);
      await Promise.all(ids.map((StatementId) => add(world, name, { StatementId })));
      const { Statement } = JSON.parse((await get(world, name)).Policy ?? '') as { Statement: { Sid: string }[] };
      assert.deepEqual(Statement.map(({ Sid }) => Sid).toSorted(), ids.toSorted());
      await Promise.all(ids.slice(1).map((id) => remove(world, name, id)));
      assert.equal((JSON.parse((await get(world, name)).Policy ?? '') as { Statement: unknown[] }).Statement.length, 1);
    },
  },
];

const GET_CASES: readonly ConformanceCase[] = [
  {
    operation: 'GetPolicy',
    name: 'answers the statements as one text, in the order in which they were added',
    run: async (world) => {
      const name = await world.function();
      const first = await add(world, name, { StatementId: 'z' });
      const second = await add(world, name, { StatementId: 'a', SourceArn: 'arn:aws:s3:::b' });
      const answer = await world.raw('GET', path(name));
      assert.equal(answer.status, 200);
      assertHeaders(answer);
      const { RevisionId } = await world.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
      assert.deepEqual(answer.json, {
        Policy: `{"Version":"2012-10-17","Id":"default","Statement":[${first},${second}]}`,
        RevisionId,
      });
      const { Policy } = answer.json;
      for (const form of [`function:${name}`, world.arn(`function:${name}`)])
        assert.equal((await get(world, form)).Policy, Policy);
    },
  },
  {
    operation: 'GetPolicy',
    name: 'what has no policy, and what is not there, does not exist',
    run: async (world) => {
      const name = await published(world);
      for (const qualifier of [undefined, '1', 'live', '$LATEST', '9', 'none'])
        await fails(get(world, name, qualifier), NO_POLICY);
      await fails(get(world, 'nobody'), NO_POLICY);
      assertError(await world.raw('GET', path('nobody')), 404, 'ResourceNotFoundException', {
        Type: 'User',
        Message: 'The resource you requested does not exist.',
      });
      await fails(
        get(world, 'nobody:1', '2'),
        invalid('The derived qualifier from the function name does not match the specified qualifier.'),
      );
      await add(world, name);
      await fails(get(world, name, '1'), NO_POLICY);
      await fails(get(world, name, '$LATEST'), NO_POLICY);
    },
  },
];

const REMOVE_CASES: readonly ConformanceCase[] = [
  {
    operation: 'RemovePermission',
    name: 'takes the statement out; the last one takes the policy with it',
    run: async (world) => {
      const name = await published(world);
      for (const Qualifier of [undefined, '1', 'live']) {
        const kept = await add(world, name, { StatementId: 'kept', Qualifier });
        await add(world, name, { StatementId: 'gone', Qualifier });
        const suffix = Qualifier === undefined ? '' : `?Qualifier=${Qualifier}`;
        const answer = await world.raw('DELETE', `${path(name)}/gone${suffix}`);
        assert.equal(answer.status, 204);
        assert.equal(answer.text, '');
        assertHeaders(answer);
        const { Policy } = await get(world, name, Qualifier);
        assert.equal(Policy, `{"Version":"2012-10-17","Id":"default","Statement":[${kept}]}`);
        await remove(world, Qualifier === undefined ? name : `${name}:${Qualifier}`, 'kept');
        await fails(get(world, name, Qualifier), NO_POLICY);
      }
    },
  },
  {
    operation: 'RemovePermission',
    name: 'what is not there is told in the words of each',
    run: async (world) => {
      const name = await published(world);
      const arn = world.arn(`function:${name}`);
      await fails(remove(world, name, 's'), notFound('No policy is associated with the given resource.'));
      await fails(remove(world, name, 's', '1'), notFound('No policy is associated with the given resource.'));
      await fails(remove(world, name, 's', 'none'), notFound(`Cannot find alias arn: ${arn}:none`));
      await fails(remove(world, name, 's', '9'), notFound(`Function not found: ${arn}:9`));
      await add(world, name);
      await fails(remove(world, name, 'other'), notFound('Statement other is not found in resource policy.'));
      await fails(remove(world, name, 'with.dots'), notFound('Statement with.dots is not found in resource policy.'));
      await fails(remove(world, 'nobody', 's'), notFound(`No policy found for: ${world.arn('function:nobody')}`));
      await fails(remove(world, name, 'a b'), {
        code: 'ValidationException',
        status: 400,
        message:
          "1 validation error detected: Value 'a b' at 'statementId' failed to satisfy constraint: Member must satisfy regular expression pattern: ([a-zA-Z0-9-_.]+)",
      });
    },
  },
  {
    operation: 'RemovePermission',
    name: 'a revision that is given must be that of the scope',
    run: async (world) => {
      const name = await published(world);
      await add(world, name);
      await add(world, name, { Qualifier: 'live' });
      const [latest, , live] = await revisions(world, name);
      await fails(remove(world, name, 's', undefined, STALE), STALE_POLICY);
      await fails(remove(world, name, 'other', undefined, STALE), STALE_POLICY);
      await fails(remove(world, name, 's', 'live', latest), STALE_POLICY);
      const answer = await world.raw('DELETE', `${path(name)}/s?RevisionId=${STALE}`);
      assertError(answer, 412, 'PreconditionFailedException', { Type: 'User', message: STALE_POLICY.message });
      await remove(world, name, 's', undefined, latest);
      await remove(world, name, 's', 'live', live);
    },
  },
];

/** AddPermission, GetPolicy and RemovePermission. */
export const PERMISSION_CASES: readonly ConformanceCase[] = [...ADD_CASES, ...GET_CASES, ...REMOVE_CASES];
