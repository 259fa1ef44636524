import { RevisionConflict } from '../../../ports/metadata-store.ts';
import { required } from '../../../wire/query/members.ts';
import { commitOptimistically, iamOperation } from '../iam-context.ts';
import { iamError } from '../iam-errors.ts';
import { ROLE_DESCRIPTION, ROLE_NAME } from '../member-rules.ts';
import { type RoleRecord, roleKey } from '../records.ts';
import { existingRole, shownRoleInFull } from '../roles.ts';
import { UNIQUE_ID_BYTES, uniqueId } from '../unique-id.ts';

/** What follows `AWSServiceRoleFor`, where the service's host does not tell. Source: IAM User Guide and services' guides. */
const NAMES: Readonly<Record<string, string>> = {
  'apidestinations.events.amazonaws.com': 'AmazonEventBridgeApiDestinations',
  'autoscaling.amazonaws.com': 'AutoScaling',
  'dynamodb.application-autoscaling.amazonaws.com': 'ApplicationAutoScaling_DynamoDBTable',
  'ecs.amazonaws.com': 'ECS',
  'elasticache.amazonaws.com': 'ElastiCache',
  'es.amazonaws.com': 'AmazonElasticsearchService',
  'lambda.application-autoscaling.amazonaws.com': 'ApplicationAutoScaling_LambdaConcurrency',
  'logger.cloudfront.amazonaws.com': 'CloudFrontLogger',
  'opensearchservice.amazonaws.com': 'AmazonOpenSearchService',
  'ops.apigateway.amazonaws.com': 'APIGateway',
  'rds.amazonaws.com': 'RDS',
  'replicator.lambda.amazonaws.com': 'LambdaReplicator',
  'spot.amazonaws.com': 'EC2Spot',
};
/** Services that may have several roles in an account. */
const SUFFIXED: ReadonlySet<string> = new Set(['autoscaling.amazonaws.com', 'connect.amazonaws.com', 'lexv2.amazonaws.com']);
const NAME_TEXT = { type: 'text', pattern: /^[\w+=,.@-]+$/, patternText: '[\\w+=,.@-]+', charactersMin: 1 } as const;
const SESSION_SECONDS = 3_600;

/** CreateServiceLinkedRole. The role has a trust policy and no others: nothing asks for the service's own. */
export const createServiceLinkedRole = iamOperation(
  {
    AWSServiceName: required({ ...NAME_TEXT, charactersMax: 128 }),
    Description: ROLE_DESCRIPTION,
    CustomSuffix: { ...NAME_TEXT, charactersMax: 64 },
  },
  async (iam, { AWSServiceName: service, Description, CustomSuffix: suffix }, { account }) => {
    if (!/^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com$/.test(service))
      throw iamError('InvalidInput', `Service role name ${service} is not valid.`);
    if (suffix !== undefined && !SUFFIXED.has(service))
      throw iamError('InvalidInput', `Custom suffix is not allowed for ${service}`);
    const role: RoleRecord = {
      name: `AWSServiceRoleFor${baseName(service)}${suffix === undefined ? '' : `_${suffix}`}`,
      id: uniqueId('AROA', iam.ids.hex(UNIQUE_ID_BYTES)),
      path: `/aws-service-role/${service}/`,
      createdMs: iam.clock.now(),
      trustPolicy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
      }),
      description: Description,
      maxSessionSeconds: SESSION_SECONDS,
      tags: [],
      attachedArns: [],
      inlinePolicies: [],
      linkedService: service,
    };
    await iam.store.commit([{ put: roleKey(account, role.name), body: role, expect: 'absent' }]).catch((error: unknown) => {
      if (!(error instanceof RevisionConflict)) throw error;
      throw iamError(
        'InvalidInput',
        `Service role name ${role.name} has been taken in this account, please try a different suffix.`,
      );
    });
    return { Role: shownRoleInFull(account, role) };
  },
);

/** DeleteServiceLinkedRole. The role is gone with the answer, whose task is done when it is asked for. */
export const deleteServiceLinkedRole = iamOperation({ RoleName: ROLE_NAME }, async (iam, input, { account }) => {
  const service = await commitOptimistically(iam, async () => {
    const { key, revision, body } = await existingRole(iam, account, input.RoleName);
    if (body.linkedService === undefined)
      throw iamError('NoSuchEntity', `The role with name ${body.name} is not a service-linked role.`);
    return { changes: [{ remove: key, expect: revision }], result: body.linkedService };
  });
  return { DeletionTaskId: `task/aws-service-role/${service}/${input.RoleName}/${iam.ids.uuid()}` };
});

/** GetServiceLinkedRoleDeletionStatus. */
export const getServiceLinkedRoleDeletionStatus = iamOperation(
  { DeletionTaskId: required({ type: 'text', charactersMin: 1, charactersMax: 1_000 }) },
  async (_iam, { DeletionTaskId: task }) => {
    if (!/^task\/aws-service-role\/[\w.-]+\/[\w+=,.@-]+\/[0-9a-f-]{36}$/.test(task))
      throw iamError('NoSuchEntity', `The deletion task ${task} cannot be found.`);
    return { Status: 'SUCCEEDED' };
  },
);

/** `my-thing.example.amazonaws.com` is said to be `ExampleMyThing`-like on AWS; each service has chosen its own. */
function baseName(service: string): string {
  if (Object.hasOwn(NAMES, service)) return NAMES[service] ?? '';
  const words = service.replace(/\.amazonaws\.com$/, '').split(/[.-]/);
  return words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('');
}
