import type { JsonObject, JsonValue } from '@retort/kernel';
import { callsSinceRequest } from './calls-made.ts';

export interface Turn {
  role: string;
  content: string;
}

/** A value inside the context that is neither the main text nor a turn. Array positions read `[]`. */
export interface Leaf {
  path: string;
  value: string | number | boolean | null;
}

/** A context, read for learning: what was said now, what was said before, and what is known. */
export interface ReadContext {
  text: string;
  /** Oldest first. */
  turns: Turn[];
  leaves: Leaf[];
}

export const TEXT_KEYS = ['query', 'input', 'message', 'question', 'prompt', 'text', 'utterance', 'request', 'content'];
const MAXIMUM_TURNS = 12;
const MAXIMUM_LEAVES = 256;
const MAXIMUM_DEPTH = 12;

/** Takes a context apart. The main text is a member of a usual name (`query`, `input`, …), or else the last turn a user
 *  said. A list of `{role, content}` is a dialogue, wherever it stands at the root. */
export function readContext(context: JsonObject): ReadContext {
  const turns: Turn[] = [];
  const leaves = callsMade(context);
  const textKey = TEXT_KEYS.find((key) => typeof context[key] === 'string');
  for (const key of Object.keys(context)) {
    const value = context[key];
    if (key === textKey || value === undefined) continue;
    const dialogue = asTurns(value);
    if (dialogue) turns.push(...dialogue);
    else collectLeaves(value, key, 0, leaves);
  }
  let text = textKey === undefined ? '' : (context[textKey] as string);
  if (textKey === undefined) {
    const last = turns.findLastIndex(({ role }) => role === 'user' || role === 'human');
    if (last >= 0) text = turns.splice(last, 1)[0]!.content;
  }
  return { text, turns: turns.slice(-MAXIMUM_TURNS), leaves };
}

/** What was called since the user spoke, as values of the context: a teacher who has a result goes on otherwise. */
function callsMade(context: JsonObject): Leaf[] {
  const calls = callsSinceRequest(context);
  if (calls.length === 0) return [];
  const tools = [...new Set(calls.map(({ tool }) => tool))].slice(0, MOST_TOOLS_MADE);
  return [{ path: CALLS_MADE, value: calls.length }, ...tools.map((value) => ({ path: TOOLS_MADE, value }))];
}

/** No member of a context begins like this, as far as anyone has seen. */
const CALLS_MADE = '#calls';
const TOOLS_MADE = '#tools';
const MOST_TOOLS_MADE = 16;

function asTurns(value: JsonValue): Turn[] | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const turns: Turn[] = [];
  for (const item of value) {
    if (item === null || typeof item !== 'object' || Array.isArray(item)) return null;
    const role = item['role'] ?? item['speaker'];
    const content = item['content'] ?? item['text'];
    if (typeof role !== 'string') return null;
    if (typeof content === 'string') turns.push({ role: role.toLowerCase(), content });
  }
  return turns;
}

function collectLeaves(value: JsonValue, path: string, depth: number, leaves: Leaf[]): void {
  if (leaves.length >= MAXIMUM_LEAVES || depth > MAXIMUM_DEPTH) return;
  if (Array.isArray(value)) {
    for (const item of value) collectLeaves(item, `${path}[]`, depth + 1, leaves);
  } else if (value !== null && typeof value === 'object') {
    for (const key of Object.keys(value)) collectLeaves(value[key]!, `${path}.${key}`, depth + 1, leaves);
  } else leaves.push({ path, value });
}
