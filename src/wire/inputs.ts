/**
 * What requests of a service are made of. Members are words separated by spaces: `Name`, `Name:Structure` where the value is
 * that structure or a list of it, `Name:Structure{}` where it is a map of it. Where members travel outside of the body `@` and
 * the place follow: `Name@x-amz-acl` in a header, `Name@?uploads` in the query.
 */
export interface InputTable {
  readonly operations: Readonly<Record<string, string>>;
  readonly structures: Readonly<Record<string, string>>;
}

/** A member of a request or a structure. */
export interface InputMember {
  readonly name: string;
  readonly structure?: string;
  /** The value is a map of the structure. */
  readonly isMap: boolean;
  /** A header's name, or `?` and that of a query parameter. */
  readonly place?: string;
}

/** The members that a text of the table names. */
export function inputMembers(text: string | undefined): InputMember[] {
  return (text ?? '')
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => {
      const [named = '', place] = word.split('@');
      const [name = '', kind] = named.split(':');
      const isMap = kind?.endsWith('{}') ?? false;
      const structure = isMap ? kind?.slice(0, -2) : kind;
      return { name, isMap, ...(structure === undefined ? {} : { structure }), ...(place === undefined ? {} : { place }) };
    });
}
