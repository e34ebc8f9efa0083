import type { JsonObject, JsonValue } from '@retort/kernel';

/** One step from a JSON value to a part of it: a member, an array element (negative: from the end), the n-th last
 *  message of a role, or the JSON that a string holds (tool outputs often are). */
export type Step = string | number | { role: string; back: number } | { json: true };
export type Path = readonly Step[];

export interface Leaf {
  path: Path;
  key: string;
  value: JsonValue;
}

const maximumLeaves = 240;
const maximumDepth = 6;
const maximumEmbeddedJson = 20_000;

/** Reads the value at a path; `undefined` where there is none. */
export function readPath(root: JsonValue, path: Path): JsonValue | undefined {
  let value: JsonValue | undefined = root;
  for (const step of path) {
    if (value === null || value === undefined) return undefined;
    if (typeof step === 'string') {
      if (typeof value !== 'object' || Array.isArray(value) || !Object.hasOwn(value, step)) return undefined;
      value = value[step];
    } else if (typeof step === 'number') {
      if (!Array.isArray(value)) return undefined;
      value = value[step < 0 ? value.length + step : step];
    } else if ('role' in step) value = messageOf(value, step.role, step.back);
    else value = typeof value === 'string' ? embeddedJson(value) : undefined;
  }
  return value;
}

/** Every part of a context that an argument may be a copy of, each under all the paths that may generalise: an array
 *  element counted from either end, a message by its role. Bounded, so that a huge context costs a bounded time. */
export function leavesOf(context: JsonObject): Leaf[] {
  const leaves: Leaf[] = [];
  const visit = (value: JsonValue, path: Step[], depth: number) => {
    if (leaves.length >= maximumLeaves) return;
    if (value === null || typeof value !== 'object') {
      if (path.length > 0) leaves.push({ path, key: pathKey(path), value });
      const embedded = typeof value === 'string' && depth < maximumDepth ? embeddedJson(value) : undefined;
      if (embedded !== undefined) visit(embedded, [...path, { json: true }], depth + 1);
      return;
    }
    if (path.length > 0 && isSmall(value)) leaves.push({ path, key: pathKey(path), value });
    if (depth >= maximumDepth) return;
    if (Array.isArray(value)) return visitArray(value, path, depth);
    for (const [key, member] of Object.entries(value))
      if (member !== undefined) visit(member, [...path, key], depth + 1);
  };
  const visitArray = (values: JsonValue[], path: Step[], depth: number) => {
    if (values.some((value) => roleOf(value) !== undefined)) {
      const seen = new Map<string, number>();
      for (let index = values.length - 1; index >= 0 && index >= values.length - 12; index--) {
        const role = roleOf(values[index]!);
        if (role === undefined) continue;
        const back = (seen.get(role) ?? 0) + 1;
        seen.set(role, back);
        if (back <= 3) visit(values[index]!, [...path, { role, back }], depth + 1);
      }
      return;
    }
    for (let index = 0; index < Math.min(3, values.length); index++) visit(values[index]!, [...path, index], depth + 1);
    for (let back = 1; back <= Math.min(2, values.length); back++)
      visit(values[values.length - back]!, [...path, -back], depth + 1);
  };
  visit(context, [], 0);
  return leaves;
}

/** A path's name: equal paths have equal names. */
export function pathKey(path: Path): string {
  return path
    .map((step) => {
      if (typeof step === 'string') return `.${step}`;
      if (typeof step === 'number') return `[${step}]`;
      return 'role' in step ? `[${step.role}~${step.back}]` : '(json)';
    })
    .join('');
}

/** Whether a message's own words are at the path (they are read as text, not copied whole). */
export function isMessageText(path: Path): boolean {
  const last = path.at(-1);
  const before = path.at(-2);
  return typeof last === 'string' && typeof before === 'object' && 'role' in before;
}

function messageOf(value: JsonValue, role: string, back: number): JsonValue | undefined {
  if (!Array.isArray(value)) return undefined;
  let seen = 0;
  for (let index = value.length - 1; index >= 0; index--)
    if (roleOf(value[index]!) === role && ++seen === back) return value[index];
  return undefined;
}

function roleOf(value: JsonValue): string | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  const role = value.role;
  return typeof role === 'string' ? role : undefined;
}

function isSmall(value: JsonObject | JsonValue[]): boolean {
  const members = Array.isArray(value) ? value : Object.values(value);
  return members.length <= 8 && members.every((member) => member === null || typeof member !== 'object');
}

function embeddedJson(text: string): JsonValue | undefined {
  const first = text.charCodeAt(0);
  if ((first !== 123 && first !== 91) || text.length > maximumEmbeddedJson) return undefined;
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    // A text that only starts like JSON is text.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
