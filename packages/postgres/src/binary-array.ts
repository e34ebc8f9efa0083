/** One-dimensional Postgres arrays in the binary wire format. The driver sends a Buffer as a binary parameter, which
 *  spares both sides the quoting and unquoting of array literals: with JSON elements that is most of the work. */
export type ElementType = 'bool' | 'int4' | 'int8' | 'float8' | 'text' | 'uuid' | 'json';

const elementOids: Record<ElementType, number> = {
  bool: 16,
  int4: 23,
  int8: 20,
  float8: 701,
  text: 25,
  uuid: 2950,
  json: 114,
};
const headerBytes = 20;

export function int4Array(values: readonly number[]): Buffer {
  return fixedWidth('int4', 4, values, (target, value, at) => target.writeInt32BE(value, at));
}

export function int8Array(values: readonly bigint[]): Buffer {
  return fixedWidth('int8', 8, values, (target, value, at) => target.writeBigInt64BE(value, at));
}

export function booleanArray(values: readonly (boolean | null)[]): Buffer {
  return fixedWidth('bool', 1, values, (target, value, at) => target.writeUInt8(value ? 1 : 0, at));
}

export function float8Array(values: readonly (number | null)[]): Buffer {
  return fixedWidth('float8', 8, values, (target, value, at) => target.writeDoubleBE(value, at));
}

/** @param values canonical UUIDs (8-4-4-4-12 hexadecimal digits) or null. */
export function uuidArray(values: readonly (string | null)[]): Buffer {
  return fixedWidth('uuid', 16, values, (target, value, at) => {
    target.write(value.replaceAll('-', ''), at, 16, 'hex');
  });
}

export function textArray(values: readonly (string | null)[], type: 'text' | 'json' = 'text'): Buffer {
  let bytes = headerBytes + 4 * values.length;
  let hasNulls = false;
  for (const value of values)
    if (value === null) hasNulls = true;
    else bytes += Buffer.byteLength(value);
  const target = header(type, values.length, hasNulls, Buffer.allocUnsafe(bytes));
  let at = headerBytes;
  for (const value of values) {
    if (value === null) {
      at = target.writeInt32BE(-1, at);
      continue;
    }
    const written = target.write(value, at + 4);
    target.writeInt32BE(written, at);
    at += 4 + written;
  }
  return target;
}

function fixedWidth<T>(
  type: ElementType,
  width: number,
  values: readonly (T | null)[],
  write: (target: Buffer, value: T, at: number) => void,
): Buffer {
  const nulls = values.reduce((count, value) => count + (value === null ? 1 : 0), 0);
  const bytes = headerBytes + (4 + width) * values.length - width * nulls;
  const target = header(type, values.length, nulls > 0, Buffer.alloc(bytes));
  let at = headerBytes;
  for (const value of values) {
    target.writeInt32BE(value === null ? -1 : width, at);
    at += 4;
    if (value === null) continue;
    write(target, value, at);
    at += width;
  }
  return target;
}

/** Dimensions, whether there are nulls, the element's type, the length, the first index. */
function header(type: ElementType, length: number, nulls: boolean, target: Buffer): Buffer {
  target.writeInt32BE(1, 0);
  target.writeInt32BE(nulls ? 1 : 0, 4);
  target.writeInt32BE(elementOids[type], 8);
  target.writeInt32BE(length, 12);
  target.writeInt32BE(1, 16);
  return target;
}
