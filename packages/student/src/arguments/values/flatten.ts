import { toPointer, type JsonObject, type JsonValue } from '@retort/kernel';

const maximumDepth = 4;

/** The arguments of a call one by one, by JSON pointer. Members of objects are arguments of their own; arrays and empty
 *  objects are whole values. */
export function flattenArguments(parameters: JsonObject): Map<string, JsonValue> {
  const flat = new Map<string, JsonValue>();
  const visit = (value: JsonValue, path: string[]) => {
    const isObject = value !== null && typeof value === 'object' && !Array.isArray(value);
    const members = isObject ? Object.entries(value) : [];
    if (members.length === 0 || path.length >= maximumDepth) flat.set(toPointer(path), value);
    else for (const [key, member] of members) if (member !== undefined) visit(member, [...path, key]);
  };
  for (const [key, value] of Object.entries(parameters)) if (value !== undefined) visit(value, [key]);
  return flat;
}

/** Sets the argument at a pointer (its segments), making the objects on the way. */
export function setArgument(parameters: JsonObject, segments: readonly string[], value: JsonValue): void {
  let target = parameters;
  for (let index = 0; index < segments.length - 1; index++) {
    const key = segments[index]!;
    const inner = Object.hasOwn(target, key) ? target[key] : undefined;
    if (inner !== null && typeof inner === 'object' && !Array.isArray(inner)) target = inner;
    else {
      const made: JsonObject = {};
      define(target, key, made);
      target = made;
    }
  }
  define(target, segments.at(-1)!, value);
}

/** `__proto__` is a key like any other. */
function define(target: JsonObject, key: string, value: JsonValue): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

export function pointerSegments(pointer: string): string[] {
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}
