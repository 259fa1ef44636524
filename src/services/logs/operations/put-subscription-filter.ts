import { compileFilterPattern } from '../filter-pattern/filter-pattern.ts';
import { patternMember } from '../filter-pattern/pattern-member.ts';
import { groupNotFound, logError } from '../log-errors.ts';
import { ANY_TEXT, GROUP_NAME, missing, refuse, requiredText, STREAM_NAME, text, type Members } from '../members.ts';
import { existingGroup, type LogsOperation, type LogsService } from '../operation.ts';
import { destinationFunction, subscriptionObstacle } from '../subscriptions/subscription-functions.ts';
import type { SubscriptionFilter } from '../subscriptions/subscription-filter.ts';
import { controlMessage, subscriptionPayload } from '../subscriptions/subscription-message.ts';
import type { GroupSettings, LogGroup } from '../store/log-group.ts';

/** A group's filters; a quota of CloudWatch Logs that can't be raised. */
const FILTERS_MAX = 2;

/**
 * PutSubscriptionFilter, for functions. The function gets a test at once, of the type CONTROL_MESSAGE. A function is
 * not subscribed to the group that it logs to.
 */
export const putSubscriptionFilter: LogsOperation = async (service, input, context) => {
  requiredText(input, 'logGroupName', GROUP_NAME);
  const filter = filterOf(input, service.clock.now());
  // What was logged before the call is not for the filter, and may be what makes the group.
  await service.writer.drain();
  const group = await existingGroup(service, input, context);
  // Before the function is run, and again where it counts.
  withFilter(group.settings, filter);
  await testDestination(service, group, filter.destinationArn);
  if (!(await service.store.changeGroup(context, group.name, (settings) => withFilter(settings, filter)))) throw groupNotFound();
  return {};
};

function filterOf(input: Members, createdMs: number): SubscriptionFilter {
  refuse(input, 'applyOnTransformedLogs', 'emitSystemFields', 'fieldSelectionCriteria');
  const filterName = requiredText(input, 'filterName', STREAM_NAME);
  const filterPattern = patternMember(input) ?? missing('filterPattern');
  compileFilterPattern(filterPattern);
  const destinationArn = requiredText(input, 'destinationArn', ANY_TEXT);
  destinationFunction(destinationArn);
  if (text(input, 'roleArn') !== undefined) {
    throw logError('InvalidParameterException', 'destinationArn for vendor lambda cannot be used with roleArn');
  }
  const distribution = text(input, 'distribution') ?? 'ByLogStream';
  if (distribution !== 'ByLogStream' && distribution !== 'Random') {
    throw logError(
      'InvalidParameterException',
      `1 validation error detected: Value '${distribution.slice(0, 600)}' at 'distribution' failed to satisfy constraint: Member must satisfy enum value set: [Random, ByLogStream]`,
    );
  }
  return { filterName, filterPattern, destinationArn, distribution, createdMs };
}

/** A filter of the same name is replaced. Throws LimitExceededException. */
function withFilter(settings: GroupSettings, filter: SubscriptionFilter): GroupSettings {
  const present = settings.subscriptionFilters ?? [];
  const replaced = present.find(({ filterName }) => filterName === filter.filterName);
  const others = present.filter((other) => other !== replaced);
  if (others.length >= FILTERS_MAX) throw logError('LimitExceededException', 'Resource limit exceeded.');
  const createdMs = replaced?.createdMs ?? filter.createdMs;
  return { ...settings, subscriptionFilters: [...others, { ...filter, createdMs }] };
}

async function testDestination({ functions, clock }: LogsService, group: LogGroup, destinationArn: string): Promise<void> {
  const obstacle = await subscriptionObstacle(functions, group, destinationArn).catch(() => 'not allowed' as const);
  if (obstacle === 'logs there') {
    throw logError(
      'InvalidParameterException',
      'The log group provided is reserved for the function logs of the destination function.',
    );
  }
  if (obstacle !== undefined) throw notExecuted();
  const payload = await subscriptionPayload(controlMessage(clock.now()));
  const request = { ...destinationFunction(destinationArn), requestId: functions.ids.uuid(), payload };
  await functions.accept(request).catch(() => {
    throw notExecuted();
  });
}

function notExecuted(): Error {
  return logError(
    'InvalidParameterException',
    'Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.',
  );
}
