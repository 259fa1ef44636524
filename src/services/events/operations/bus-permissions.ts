import { type BusName, type BusStatement, busArn, DEFAULT_BUS } from '../../../sources/events/event-buses.ts';
import { changeBus, eventsOperation } from '../events-context.ts';
import { eventsError } from '../events-errors.ts';
import { OWN_BUS_OR_DEFAULT } from '../member-rules.ts';

/** Source: EventBridge's page on quotas. */
const POLICY_CHARACTERS_MAX = 10_240;
const STATEMENT_ID = { type: 'text', charactersMin: 1, charactersMax: 64, pattern: '[a-zA-Z0-9-_]+' } as const;

/** PutPermission: one statement by its members, or a whole policy. It is kept and told; nobody is refused by it. */
export const putPermission = eventsOperation(
  {
    EventBusName: OWN_BUS_OR_DEFAULT,
    Action: { type: 'text', charactersMin: 1, charactersMax: 64, pattern: 'events:[a-zA-Z]+' },
    Principal: { type: 'text', charactersMin: 1, charactersMax: 12, pattern: '(\\d{12}|\\*)' },
    StatementId: STATEMENT_ID,
    Condition: {
      type: 'structure',
      members: {
        Type: { type: 'text', required: true },
        Key: { type: 'text', required: true },
        Value: { type: 'text', required: true },
      },
    },
    Policy: { type: 'text', charactersMax: POLICY_CHARACTERS_MAX },
  },
  async (events, input, { account, region }) => {
    const name: BusName = { account, region, bus: input.EventBusName ?? DEFAULT_BUS };
    const { Policy, StatementId: Sid, Principal, Action, Condition } = input;
    if (Policy !== undefined) {
      const statements = statementsOf(Policy);
      await changeBus(events, name, (bus) => ({ ...bus, statements }));
      return {};
    }
    if (Sid === undefined || Principal === undefined || Action === undefined)
      throw eventsError('ValidationException', 'Parameter(s) StatementId, Principal and Action must be specified.');
    const statement: BusStatement = {
      Sid,
      Effect: 'Allow',
      Principal: Principal === '*' ? '*' : { AWS: `arn:aws:iam::${Principal}:root` },
      Action,
      Resource: busArn(name),
      ...(Condition ? { Condition: { [Condition.Type]: { [Condition.Key]: Condition.Value } } } : {}),
    };
    await changeBus(events, name, (bus) => {
      const statements = [...bus.statements.filter((other) => other['Sid'] !== Sid), statement];
      if (JSON.stringify(statements).length > POLICY_CHARACTERS_MAX)
        throw eventsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
      return { ...bus, statements };
    });
    return {};
  },
);

/** RemovePermission. Throws ResourceNotFoundException for a bus without a policy, or without this statement. */
export const removePermission = eventsOperation(
  { EventBusName: OWN_BUS_OR_DEFAULT, StatementId: STATEMENT_ID, RemoveAllPermissions: { type: 'flag' } },
  async (events, input, { account, region }) => {
    const name: BusName = { account, region, bus: input.EventBusName ?? DEFAULT_BUS };
    await changeBus(events, name, (bus) => {
      if (input.RemoveAllPermissions === true) return { ...bus, statements: [] };
      if (input.StatementId === undefined) throw eventsError('ValidationException', 'Parameter StatementId must be specified.');
      if (bus.statements.length === 0) throw eventsError('ResourceNotFoundException', 'EventBus does not have a policy.');
      const statements = bus.statements.filter(({ Sid }) => Sid !== input.StatementId);
      if (statements.length === bus.statements.length)
        throw eventsError('ResourceNotFoundException', 'Statement with the provided id does not exist.');
      return { ...bus, statements };
    });
    return {};
  },
);

function statementsOf(policy: string): readonly BusStatement[] {
  try {
    const { Statement: given } = JSON.parse(policy) as { readonly Statement?: unknown };
    const statements: readonly unknown[] = Array.isArray(given) ? given : [given];
    if (statements.every((one) => typeof one === 'object' && one !== null)) return statements as readonly BusStatement[];
  } catch {
    // Told below.
  }
  throw eventsError('ValidationException', 'Parameter Policy is not valid. Reason: Policy is not a valid policy document.');
}
