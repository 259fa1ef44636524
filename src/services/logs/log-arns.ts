import type { LogScope } from './store/log-catalogue.ts';
import { logError } from './log-errors.ts';
import { ANY_TEXT, GROUP_NAME, requiredText, text, type Members } from './members.ts';

/** A group's ARN without the `:*` that older members carry. */
export function groupArn(scope: LogScope, group: string): string {
  return `arn:aws:logs:${scope.region}:${scope.account}:log-group:${group}`;
}

/** A stream's ARN. */
export function streamArn(scope: LogScope, group: string, stream: string): string {
  return `${groupArn(scope, group)}:log-stream:${stream}`;
}

const GROUP_ARN = /^arn:[^:]+:logs:([^:]*):([^:]*):log-group:([^:]+)(?::\*)?$/;

/** A name, or an ARN of a group in `scope`; undefined when the ARN is of another account or region. */
export function groupNameOf(scope: LogScope, identifier: string): string | undefined {
  if (!identifier.startsWith('arn:')) return GROUP_NAME.pattern.test(identifier) ? identifier : invalid(identifier);
  const match = GROUP_ARN.exec(identifier) ?? invalid(identifier);
  return match[1] === scope.region && match[2] === scope.account ? match[3] : undefined;
}

/** The group that `logGroupName` or `logGroupIdentifier` names. Throws InvalidParameterException unless there is exactly one. */
export function namedGroup(scope: LogScope, input: Members): string | undefined {
  const name = text(input, 'logGroupName', GROUP_NAME);
  const identifier = text(input, 'logGroupIdentifier', ANY_TEXT);
  if (name !== undefined && identifier !== undefined) {
    throw logError('InvalidParameterException', 'LogGroup name and LogGroup ARN are mutually exclusive parameters.');
  }
  return identifier === undefined ? requiredText(input, 'logGroupName', GROUP_NAME) : groupNameOf(scope, identifier);
}

function invalid(identifier: string): never {
  throw logError('InvalidParameterException', `The log group identifier ${identifier.slice(0, 600)} is not valid.`);
}
