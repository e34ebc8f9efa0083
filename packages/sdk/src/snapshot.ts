export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** A decision as it was when it was recorded, or what became of one. */
export interface Snapshot {
  content: { [key: string]: Json };
  /** The decision that it is the outcome of; absent from a decision. */
  outcomeOf?: string;
  /** Milliseconds since 1970: the time of a decision that came without one. */
  recordedAt: number;
  /** What it alone holds in memory, about, in UTF-16 code units. */
  characters: number;
  /** What it may share with others, the definitions of its tools, and what each holds. */
  shared: ReadonlyMap<object, number>;
}

const deepest = 512;
const perNode = 16;
const perScalar = 4;

/** Copies a decision as JSON would write it, without writing it: the texts are shared, so that it costs the agent by the
 *  number of values and not by their length. The definitions of tools are not copied; nobody rewrites those.
 *  @throws TypeError for what is no JSON: a cycle, a BigInt */
export function snapshotOf(given: object): Snapshot {
  const meter = { characters: 0 };
  const copied: { [key: string]: Json } = {};
  const shared = new Map<object, number>();
  for (const [key, value] of Object.entries(given) as [string, unknown][]) {
    const tools = key === 'tools_available' && Array.isArray(value) ? [...(value as Json[])] : undefined;
    for (const tool of tools ?? []) share(tool, shared);
    const member = tools ?? copyOf(value, meter, deepest);
    if (member !== undefined) copied[key] = member;
  }
  return { content: copied, recordedAt: Date.now(), characters: meter.characters, shared };
}

/** A definition may be made anew for every decision around one and the same schema: the two are counted apart. */
function share(tool: Json, shared: Map<object, number>): void {
  if (typeof tool !== 'object' || tool === null) return;
  shared.set(
    tool,
    weightOf(tool, () => ({ ...tool, parameters: undefined })),
  );
  const parameters = Array.isArray(tool) ? undefined : tool['parameters'];
  if (typeof parameters === 'object' && parameters !== null)
    shared.set(
      parameters,
      weightOf(parameters, () => parameters),
    );
}

const weights = new WeakMap<object, number>();

/** Walked once, not once a decision. */
function weightOf(part: object, content: () => unknown): number {
  let weight = weights.get(part);
  if (weight === undefined) {
    const meter = { characters: 0 };
    copyOf(content(), meter, deepest);
    weights.set(part, (weight = meter.characters));
  }
  return weight;
}

function copyOf(value: unknown, meter: { characters: number }, depth: number): Json | undefined {
  if (typeof value === 'string') {
    meter.characters += value.length;
    return value;
  }
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) {
    meter.characters += perScalar;
    return typeof value === 'number' && !Number.isFinite(value) ? null : value;
  }
  if (typeof value === 'bigint' || depth === 0) throw new TypeError('The decision cannot be written as JSON.');
  if (typeof value !== 'object') return undefined;
  if (writesItself(value)) return copyOf(value.toJSON(), meter, depth - 1);
  meter.characters += perNode;
  if (Array.isArray(value)) return value.map((item) => copyOf(item, meter, depth - 1) ?? null);
  const copied: { [key: string]: Json } = {};
  for (const key of Object.keys(value)) {
    const member = copyOf((value as Record<string, unknown>)[key], meter, depth - 1);
    if (member === undefined) continue;
    meter.characters += key.length;
    if (key !== '__proto__') copied[key] = member;
    // Assigned, it would become the prototype and vanish from the JSON.
    else Object.defineProperty(copied, key, { value: member, enumerable: true, writable: true, configurable: true });
  }
  return copied;
}

const writesItself = (value: object): value is { toJSON(): unknown } =>
  typeof (value as { toJSON?: unknown }).toJSON === 'function';
