import { Buffer } from 'node:buffer';

/** An entry as a test wants it; anything may be in it that a tar can hold. */
export interface TarMember {
  readonly name: string;
  /** A file by default: `5` is a folder, `2` a symbolic link, `1` a hard link, `3` a device, `x` and `L` go before another. */
  readonly type?: string;
  readonly content?: string | Uint8Array;
  readonly linkName?: string;
  readonly mode?: number;
  readonly modifiedSeconds?: number;
}

const BLOCK = 512;

/** A tar of these entries, in order. */
export function tar(members: readonly TarMember[]): Buffer {
  return Buffer.concat([...members.map(member), Buffer.alloc(2 * BLOCK)]);
}

/** An extended header for the entry that follows. */
export function extended(records: Readonly<Record<string, string>>): TarMember {
  const content = Object.entries(records).map(([key, value]) => {
    const rest = Buffer.byteLength(` ${key}=${value}\n`);
    let length = rest + 1;
    while (String(length).length + rest !== length) length = String(length).length + rest;
    return `${length} ${key}=${value}\n`;
  });
  return { name: 'PaxHeaders/0', type: 'x', content: content.join('') };
}

function member({ name, type = '0', content = '', linkName = '', mode = 0o644, modifiedSeconds = 0 }: TarMember): Buffer {
  const bytes = Buffer.from(content as string);
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, 100);
  header.write(octal(mode, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(bytes.length, 12), 124);
  header.write(octal(modifiedSeconds, 12), 136);
  header.write('        ', 148);
  header.write(type, 156);
  header.write(linkName, 157, 100);
  header.write('ustar\0', 257);
  header.write('00', 263);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK);
  return Buffer.concat([header, bytes, padding]);
}

function octal(value: number, length: number): string {
  return `${value.toString(8).padStart(length - 1, '0')}\0`;
}
