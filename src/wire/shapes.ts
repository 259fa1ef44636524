/** A value's type and constraints, as the generated tables tell them. `min` and `max` bound length, size or value. */
export type Shape =
  | {
      readonly type: 'string';
      readonly min?: number;
      readonly max?: number;
      readonly pattern?: string;
      readonly enum?: readonly string[];
    }
  | { readonly type: 'integer' | 'double'; readonly min?: number; readonly max?: number }
  | { readonly type: 'boolean' | 'blob' | 'document' }
  | { readonly type: 'timestamp'; readonly format: 'epoch-seconds' | 'date-time' }
  | { readonly type: 'list'; readonly member: Shape; readonly min?: number; readonly max?: number }
  | { readonly type: 'map'; readonly key: Shape; readonly value: Shape; readonly min?: number; readonly max?: number }
  | { readonly type: 'structure'; readonly name: string };

/** A member of a structure, or of an operation's input or output. */
export interface Member {
  readonly shape: Shape;
  readonly required?: true;
  /** Where it travels when not in the body. `payload`: it is the whole body. */
  readonly in?: 'label' | 'query' | 'header' | 'status' | 'payload';
  /** Its name there, when it is another. */
  readonly as?: string;
}

/** The members of a structure by name. */
export type Members = Readonly<Record<string, Member>>;

/** One operation of a restJson service. */
export interface OperationShape {
  readonly method: string;
  /** For example `/2015-03-31/functions/{FunctionName}`; fixed query literals after `?`. */
  readonly path: string;
  readonly status: number;
  readonly input: Members;
  readonly output: Members;
}

/** A service's tables. */
export interface ServiceTable {
  readonly operations: Readonly<Record<string, OperationShape>>;
  readonly structures: Readonly<Record<string, Members>>;
}
