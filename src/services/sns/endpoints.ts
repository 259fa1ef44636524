import { isFifo, type Protocol, type TopicName } from './records.ts';
import { refusedHost } from './delivery/reachable.ts';
import { invalidParameter, snsError } from './sns-errors.ts';

const FUNCTION_ARN = /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]{1,140}(?::[\w$-]{1,128})?$/;
const QUEUE_ARN = /^arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[\w-]{1,80}(?:\.fifo)?$/;
/** Protocols of AWS that nothing is delivered by here. */
const REFUSED = new Set(['application', 'email', 'email-json', 'firehose', 'sms']);
const CHARACTERS_MAX = 2_048;

/** Checks where a subscription is to deliver. Throws InvalidParameter, and NotImplementedException for protocols refused by name. */
export function checkEndpoint(topic: TopicName, protocol: string, endpoint: string): Protocol {
  if (REFUSED.has(protocol))
    throw snsError('NotImplementedException', `lambkin does not deliver by the protocol ${protocol} yet.`);
  switch (protocol) {
    case 'lambda':
      if (isFifo(topic.name)) throw invalidParameter('Invalid parameter: Endpoint Reason: Please use FIFO SQS queue');
      if (!FUNCTION_ARN.test(endpoint)) throw invalidParameter('Lambda endpoint ARN');
      return protocol;
    case 'sqs':
      if (!QUEUE_ARN.test(endpoint)) throw invalidParameter('SQS endpoint ARN');
      if (isFifo(endpoint) && !isFifo(topic.name)) {
        throw invalidParameter(
          'Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics',
        );
      }
      return protocol;
    case 'http':
    case 'https':
      if (isFifo(topic.name)) throw invalidParameter('Invalid parameter: Endpoint Reason: Please use FIFO SQS queue');
      checkUrl(protocol, endpoint);
      return protocol;
    default:
      throw invalidParameter(`Amazon SNS does not support this protocol string: ${protocol.slice(0, 128)}`);
  }
}

function checkUrl(protocol: 'http' | 'https', endpoint: string): void {
  if (!endpoint.toLowerCase().startsWith(`${protocol}://`)) throw invalidParameter('Endpoint must match the specified protocol');
  const url = endpoint.length <= CHARACTERS_MAX && URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (!url || url.hostname === '') throw invalidParameter('Endpoint');
  if (refusedHost(url.hostname)) throw invalidParameter('Endpoint Reason: link-local addresses are not delivered to');
}
