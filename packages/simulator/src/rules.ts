import { atPointer, type Call, type JsonObject, type JsonValue } from '@retort/kernel';

/** Editions of the bank's handbook. The context names the one in force; it decides the limits. */
export const handbooks = ['2026.1', '2026.2'] as const;
export type Handbook = (typeof handbooks)[number];

/** What a rule may look at: the structured context, the values said, and the limits of the handbook in force. */
export interface Situation {
  /** The fact at a dotted path of the context. */
  fact(path: string): JsonValue | undefined;
  /** The same as a number; NaN, for which no comparison holds, where there is none. */
  number(path: string): number;
  said(slot: string): JsonValue | undefined;
  limit(name: string): number;
}

/** Where an argument comes from. `undefined`: it is not known. */
export type Source = (situation: Situation) => JsonValue | undefined;

export interface Rule<Tool extends string = string> {
  when?: (situation: Situation) => boolean;
  /** null: answered without a tool. */
  tool: Tool | null;
  with?: Readonly<Record<string, Source>>;
}

/** Limits by name, one value for each handbook edition. */
export type Limits = Readonly<Record<string, readonly [number, number]>>;

export const fact =
  (path: string): Source =>
  (situation) =>
    situation.fact(path);
export const said =
  (slot: string): Source =>
  (situation) =>
    situation.said(slot);
export const always =
  (value: JsonValue): Source =>
  () =>
    value;
/** The first of several sources that knows. */
export const either =
  (...sources: readonly Source[]): Source =>
  (situation) => {
    for (const source of sources) {
      const value = source(situation);
      if (value !== undefined) return value;
    }
    return undefined;
  };

export function situationOf(facts: {
  context: JsonObject;
  said: Readonly<Record<string, JsonValue>>;
  limits: Limits;
}): Situation {
  const { context, said: values, limits } = facts;
  const edition = Math.max(0, handbooks.indexOf(context['handbook'] as Handbook));
  const read = (path: string) => atPointer(context, `/${path.replaceAll('.', '/')}`);
  return {
    fact: read,
    number: (path) => {
      const value = read(path);
      return typeof value === 'number' ? value : Number.NaN;
    },
    said: (slot) => values[slot],
    limit: (name) => limits[name]?.[edition] ?? Number.NaN,
  };
}

/** The call of the first rule that applies. A required argument nobody knows means that one asks, not calls: no tool. */
export function applyRules(
  rules: readonly Rule[],
  situation: Situation,
  requiredOf: (tool: string) => readonly string[],
): Call {
  const rule = rules.find(({ when }) => !when || when(situation));
  if (!rule || rule.tool === null) return noTool;
  const parameters: JsonObject = {};
  for (const [name, source] of Object.entries(rule.with ?? {})) {
    const value = source(situation);
    if (value !== undefined) parameters[name] = value;
  }
  const complete = requiredOf(rule.tool).every((name) => name in parameters);
  return complete ? { tool: rule.tool, parameters } : noTool;
}

export const noTool: Call = Object.freeze({ tool: null, parameters: Object.freeze({}) as JsonObject });
