import type { QueryOperation } from '../../wire/query/members.ts';
import { publish, publishBatch } from './operations/publish.ts';
import { confirmSubscription, subscribe } from './operations/subscribe.ts';
import {
  getSubscriptionAttributes,
  listSubscriptions,
  listSubscriptionsByTopic,
  setSubscriptionAttributes,
  unsubscribe,
} from './operations/subscriptions.ts';
import { getTopicAttributes, setTopicAttributes } from './operations/topic-attributes.ts';
import { addPermission, removePermission } from './operations/topic-permissions.ts';
import { listTagsForResource, tagResource, untagResource } from './operations/topic-tags.ts';
import { createTopic, deleteTopic, listTopics } from './operations/topics.ts';
import type { Sns } from './sns-context.ts';

/** The operations that are built, by name. */
export const SNS_BUILT: Readonly<Record<string, QueryOperation<Sns>>> = {
  AddPermission: addPermission,
  ConfirmSubscription: confirmSubscription,
  CreateTopic: createTopic,
  DeleteTopic: deleteTopic,
  GetSubscriptionAttributes: getSubscriptionAttributes,
  GetTopicAttributes: getTopicAttributes,
  ListSubscriptions: listSubscriptions,
  ListSubscriptionsByTopic: listSubscriptionsByTopic,
  ListTagsForResource: listTagsForResource,
  ListTopics: listTopics,
  Publish: publish,
  PublishBatch: publishBatch,
  RemovePermission: removePermission,
  SetSubscriptionAttributes: setSubscriptionAttributes,
  SetTopicAttributes: setTopicAttributes,
  Subscribe: subscribe,
  TagResource: tagResource,
  Unsubscribe: unsubscribe,
  UntagResource: untagResource,
};
