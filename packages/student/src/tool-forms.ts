import type { ToolDefinition } from '@retort/contracts';
import { canonicalJson, hash32, type JsonValue } from '@retort/kernel';
import { normalizeText, tokens } from './features/tokens.ts';
import type { TaughtDecision } from './types.ts';

/** What training saw a tool say of itself. */
export interface ToolForm {
  /** Hashes of its parameters' schemas; null where they varied so much that one more says nothing. */
  schemas: readonly number[] | null;
  /** Hashes of the parameters' names of each schema that says nothing of their values, as a log's inferred tools have. */
  unspecified?: readonly (readonly number[])[];
  /** Hashes of the words of each of its descriptions. */
  descriptions: readonly (readonly number[])[];
}
export type ToolForms = ReadonlyMap<string, ToolForm>;

/** A tool with more schemas than this has what the request is about in its schema. */
const MOST_SCHEMAS = 16;
const MOST_DESCRIPTIONS = 8;

export function learnToolForms(decisions: Iterable<Pick<TaughtDecision, 'tools'>>): ToolForms {
  const seen = new Map<string, Seen>();
  const read = new Set<string>();
  const lists = new Set<TaughtDecision['tools']>();
  for (const { tools } of decisions) lists.add(tools);
  for (const tool of new Set([...lists].flat())) {
    // Whoever reads decisions one by one has a list of their own for each.
    const text = JSON.stringify(tool);
    if (read.has(text)) continue;
    read.add(text);
    const form = seen.get(tool.name) ?? { schemas: new Set(), unspecified: new Map(), descriptions: new Map() };
    if (form.schemas.size <= MOST_SCHEMAS) {
      form.schemas.add(schemaHash(tool));
      if (isUnspecified(tool)) form.unspecified.set(parameterNames(tool).join(), parameterNames(tool));
    }
    const words = wordsOf(tool);
    if (form.descriptions.size < MOST_DESCRIPTIONS) form.descriptions.set(words.join(' '), words);
    seen.set(tool.name, form);
  }
  const numbers = (set: Set<number>) => [...set].sort((a, b) => a - b);
  const inOrder = (lists: Seen['descriptions']) => [...lists.keys()].sort().map((key) => lists.get(key)!);
  return new Map(
    [...seen.keys()].sort().map((name) => {
      const { schemas, unspecified, descriptions } = seen.get(name)!;
      return [
        name,
        {
          schemas: schemas.size > MOST_SCHEMAS ? null : numbers(schemas),
          ...(unspecified.size > 0 && { unspecified: inOrder(unspecified) }),
          descriptions: inOrder(descriptions),
        },
      ];
    }),
  );
}

interface Seen {
  schemas: Set<number>;
  unspecified: Map<string, readonly number[]>;
  descriptions: Map<string, readonly number[]>;
}

export interface ToolChange {
  /** Its parameters' schema is none that training saw, and none that only says more than it saw. */
  schema: boolean;
  /** How much of what it says of itself is what it said in training: words in both, of the words in either; 1 when unchanged, or
   *  when it said nothing then. */
  likeness: number;
}

const UNCHANGED: ToolChange = { schema: false, likeness: 1 };

/** Compares tools with what training saw of them, each definition once; one that it did not see is not a changed one. */
export function toolChanges(forms: ToolForms): (tool: ToolDefinition | undefined) => ToolChange {
  const known = new WeakMap<ToolDefinition, ToolChange>();
  return (tool) => {
    const form = tool && forms.get(tool.name);
    if (!form) return UNCHANGED;
    let change = known.get(tool);
    if (!change) {
      const words = wordsOf(tool);
      change = {
        schema: form.schemas !== null && !form.schemas.includes(schemaHash(tool)) && !specifies(tool, form),
        likeness: Math.max(...form.descriptions.map((former) => likeness(former, words))),
      };
      known.set(tool, change);
    }
    return change;
  };
}

/** Whether it says more of the parameters that training saw, of whose values nothing was known. */
function specifies(tool: ToolDefinition, { unspecified = [] }: ToolForm): boolean {
  const names = new Set(parameterNames(tool));
  return unspecified.some((former) =>
    former.length === 0 ? names.size === 0 : former.every((name) => names.has(name)),
  );
}

function isUnspecified({ parameters }: ToolDefinition): boolean {
  if (parameters === undefined) return false;
  const { type, properties = {}, ...more } = parameters as { type?: unknown; properties?: object };
  return (
    type === 'object' &&
    Object.keys(more).length === 0 &&
    Object.values(properties).every((schema) => canonicalJson(schema as JsonValue) === '{}')
  );
}

function parameterNames({ parameters }: ToolDefinition): readonly number[] {
  const { properties = {} } = (parameters ?? {}) as { properties?: object };
  return Object.keys(properties)
    .map((name) => hash32(name, NAMES))
    .sort((a, b) => a - b);
}

function likeness(former: readonly number[], words: readonly number[]): number {
  if (former.length === 0) return 1;
  const all = new Set([...former, ...words]);
  return (former.length + words.length - all.size) / all.size;
}

/** Of the schema only what a call has to obey: neither what is said about parameters, nor in which order. */
function schemaHash({ parameters }: ToolDefinition): number {
  return hash32(canonicalJson(parameters === undefined ? null : rules(parameters, false)), SCHEMA);
}

const SAID = new Set(['description', 'title', 'examples', 'default', '$comment']);
const UNORDERED = new Set(['required', 'enum', 'type']);

/** `named`: the members are names of parameters, whatever they are called. */
function rules(value: JsonValue, named: boolean): JsonValue {
  if (Array.isArray(value)) return value.map((item) => rules(item, false));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => {
      if (!named && SAID.has(key)) return [];
      if (!named && UNORDERED.has(key) && Array.isArray(member)) return [[key, member.map(canonicalJson).sort()]];
      return [[key, rules(member, !named && key === 'properties')]];
    }),
  );
}

/** The words of a tool's description and of its parameters'. */
function wordsOf({ description = '', parameters }: ToolDefinition): readonly number[] {
  const texts = [description];
  const visit = (value: JsonValue) => {
    if (value === null || typeof value !== 'object') return;
    for (const [key, member] of Object.entries(value))
      if (key === 'description' && typeof member === 'string') texts.push(member);
      else visit(member);
  };
  if (parameters !== undefined) visit(parameters);
  const words = new Set(tokens(normalizeText(texts.join(' '), LONGEST)));
  return [...words].map((word) => hash32(word, WORDS)).sort((a, b) => a - b);
}

const LONGEST = 4_000;
const SCHEMA = 0x5c3a;
const WORDS = 0x77d1;
const NAMES = 0x2e95;
