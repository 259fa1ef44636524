import type { OperationResult } from '../../wire/rest-json/rest-json-service.ts';
import type { RequestContext } from '../../wire/service.ts';
import type { ControlContext } from '../control-context.ts';
import type { MemberRows, OperationFidelity } from '../../model/fidelity.ts';

/** One operation of the control plane. Throws `ServiceError`s for the caller; anything else is our own fault. */
// oxlint-disable-next-line no-explicit-any -- each operation names its own input; the wire table has checked it.
export type Operation = (control: ControlContext, input: any, context: RequestContext) => Promise<OperationResult>;

/** An operation with what the fidelity table says of it. */
export interface OperationEntry extends OperationFidelity {
  /** Undefined where the operation is answered elsewhere (the invoke operations) or refused. */
  readonly run?: Operation;
}

/** The operations of one kind of resource. */
export interface OperationGroup {
  readonly title: string;
  readonly operations: Readonly<Record<string, OperationEntry>>;
  /** Rows of the structures that their requests are made of, by the structures' names in the service model. */
  readonly structures?: Readonly<Record<string, MemberRows>>;
}
