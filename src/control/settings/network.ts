import { createHash } from 'node:crypto';
import type { VpcConfig, VpcConfigResponse } from '@aws-sdk/client-lambda';
import type { Locality } from '../../model/arn.ts';
import { invalid } from './invalid.ts';

/** Throws InvalidParameterValueException for subnets without security groups, and the other way round. */
export function checkNetwork(config: VpcConfig | undefined): void {
  const hasSubnets = (config?.SubnetIds ?? []).length > 0;
  const hasGroups = (config?.SecurityGroupIds ?? []).length > 0;
  if (hasSubnets !== hasGroups) throw invalid('SubnetIds and SecurityIds must coexist or be both empty list.');
}

/** The network of an answer: what was asked for, and the network that it lies in; we know one per account and region. */
export function vpcAnswer(locality: Locality, config: VpcConfig): VpcConfigResponse {
  const SubnetIds = config.SubnetIds ?? [];
  const SecurityGroupIds = config.SecurityGroupIds ?? [];
  const isOutside = SubnetIds.length === 0 && SecurityGroupIds.length === 0;
  const hash = createHash('sha256').update(`${locality.account}/${locality.region}`).digest('hex');
  return {
    SubnetIds,
    SecurityGroupIds,
    VpcId: isOutside ? '' : `vpc-${hash.slice(0, 17)}`,
    Ipv6AllowedForDualStack: config.Ipv6AllowedForDualStack ?? false,
  };
}
