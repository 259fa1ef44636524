import type { EventsOperation } from './events-context.ts';
import { putPermission, removePermission } from './operations/bus-permissions.ts';
import { createEventBus, deleteEventBus, describeEventBus, listEventBuses, updateEventBus } from './operations/event-buses.ts';
import { putEvents } from './operations/put-events.ts';
import { putTargets } from './operations/put-targets.ts';
import { listTagsForResource, tagResource, untagResource } from './operations/resource-tags.ts';
import {
  deleteRule,
  describeRule,
  disableRule,
  enableRule,
  listRuleNamesByTarget,
  listRules,
  putRule,
} from './operations/rules.ts';
import { listTargetsByRule, removeTargets } from './operations/targets.ts';
import { testEventPattern } from './operations/test-event-pattern.ts';

/** The operations that are built, by name. */
export const EVENTS_BUILT: Readonly<Record<string, EventsOperation>> = {
  CreateEventBus: createEventBus,
  DeleteEventBus: deleteEventBus,
  DeleteRule: deleteRule,
  DescribeEventBus: describeEventBus,
  DescribeRule: describeRule,
  DisableRule: disableRule,
  EnableRule: enableRule,
  ListEventBuses: listEventBuses,
  ListRuleNamesByTarget: listRuleNamesByTarget,
  ListRules: listRules,
  ListTagsForResource: listTagsForResource,
  ListTargetsByRule: listTargetsByRule,
  PutEvents: putEvents,
  PutPermission: putPermission,
  PutRule: putRule,
  PutTargets: putTargets,
  RemovePermission: removePermission,
  RemoveTargets: removeTargets,
  TagResource: tagResource,
  TestEventPattern: testEventPattern,
  UntagResource: untagResource,
  UpdateEventBus: updateEventBus,
};
