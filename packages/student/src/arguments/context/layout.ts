import type { JsonObject, JsonValue } from '@retort/kernel';
import { leavesOf, readPath, type Path } from './paths.ts';

/** Where a context keeps what is said and what day it is. Learnt: contexts of other fleets have other keys. */
export interface Layout {
  /** The latest words of the user. */
  text?: Path;
  /** An array of earlier turns, oldest first. */
  turns?: { path: Path; content: string };
  /** The day that "tomorrow" is counted from. */
  today?: Path;
}

/** One text of a request. `distance` 0 is the latest, 1 the turn before it, and so on. */
export interface Segment {
  text: string;
  distance: number;
  role: string;
}

const contentKeys = ['content', 'text', 'message', 'utterance', 'body'];

export function learnLayout(contexts: readonly JsonObject[]): Layout {
  const layout: Layout = {};
  const text = learnTextPath(contexts);
  if (text) layout.text = text;
  const turns = learnTurns(contexts);
  if (turns) layout.turns = turns;
  const today = learnToday(contexts);
  if (today) layout.today = today;
  return layout;
}

/** The texts of a request, the latest first, down to `depth` turns back. */
export function segmentsOf(context: JsonObject, layout: Layout, depth: number): Segment[] {
  const segments: Segment[] = [];
  const text = layout.text && readPath(context, layout.text);
  segments.push({ text: typeof text === 'string' ? text : '', distance: 0, role: 'query' });
  const turns = depth > 0 && layout.turns ? readPath(context, layout.turns.path) : undefined;
  if (!Array.isArray(turns)) return segments;
  for (let back = 1; back <= depth && back <= turns.length; back++) {
    const turn = turns[turns.length - back]!;
    const content = contentOf(turn, layout.turns!.content);
    if (content !== undefined) segments.push({ text: content, distance: back, role: roleOf(turn) });
  }
  return segments;
}

/** Days since 1970-01-01 of the request's own clock, or `undefined` when the context has none. */
export function todayOf(context: JsonObject, layout: Layout): number | undefined {
  const value = layout.today && readPath(context, layout.today);
  return typeof value === 'string' ? isoDay(value) : undefined;
}

export function isoDay(value: string): number | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:$|T)/.exec(value);
  if (!match) return undefined;
  const time = Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]));
  return Number.isNaN(time) ? undefined : Math.floor(time / 86_400_000);
}

/** The words of each text at a path, and in how many texts each word stands. */
interface Texts {
  path: Path;
  texts: string[][];
  distinct: Set<string>;
  shared: Map<string, number>;
}

/** What a user says differs from request to request; the text of a system prompt does not, whatever facts stand in it. So the path
 *  is chosen by its words that most requests do not share. */
function learnTextPath(contexts: readonly JsonObject[]): Path | undefined {
  const sample = contexts.slice(0, 400);
  const found = new Map<string, Texts>();
  for (const context of sample)
    for (const leaf of leavesOf(context)) {
      if (typeof leaf.value !== 'string' || leaf.path.some((step) => typeof step !== 'string')) continue;
      const entry: Texts = found.get(leaf.key) ?? {
        path: leaf.path,
        texts: [],
        distinct: new Set(),
        shared: new Map(),
      };
      const words = leaf.value.split(/\s+/);
      for (const word of new Set(words)) entry.shared.set(word, (entry.shared.get(word) ?? 0) + 1);
      entry.texts.push(words);
      entry.distinct.add(leaf.value);
      found.set(leaf.key, entry);
    }
  let best: Path | undefined;
  let bestScore = 0.2;
  for (const [key, { path, texts, distinct, shared }] of found) {
    const named = /query|text|message|utterance|request|prompt|input|question/i.test(key) ? 3 : 1;
    const isOwn = (word: string) => shared.get(word)! <= Math.max(1, texts.length / 2);
    const own = texts.reduce((sum, words) => sum + Math.min(40, Math.max(0, words.filter(isOwn).length - 1)), 0);
    const score = ((named * own) / sample.length) * (distinct.size / texts.length);
    if (score > bestScore) {
      bestScore = score;
      best = path;
    }
  }
  if (best) return best;
  return contexts.some((context) => typeof context.query === 'string') ? ['query'] : undefined;
}

function learnTurns(contexts: readonly JsonObject[]): Layout['turns'] {
  const votes = new Map<string, { turns: { path: Path; content: string }; count: number }>();
  for (const context of contexts.slice(0, 400))
    for (const [key, value] of arraysOf(context)) {
      const content = contentKeys.find((name) => value.some((turn) => contentOf(turn, name) !== undefined));
      if (content === undefined) continue;
      const name = JSON.stringify([key, content]);
      const vote = votes.get(name) ?? { turns: { path: key, content }, count: 0 };
      vote.count++;
      votes.set(name, vote);
    }
  return [...votes.values()].sort((a, b) => b.count - a.count)[0]?.turns;
}

function arraysOf(context: JsonObject): [string[], JsonValue[]][] {
  const arrays: [string[], JsonValue[]][] = [];
  for (const [key, value] of Object.entries(context)) {
    if (Array.isArray(value)) arrays.push([[key], value]);
    else if (value !== null && typeof value === 'object')
      for (const [inner, member] of Object.entries(value))
        if (Array.isArray(member)) arrays.push([[key, inner], member]);
  }
  return arrays;
}

function learnToday(contexts: readonly JsonObject[]): Path | undefined {
  const found = new Map<string, { path: Path; score: number }>();
  const sample = contexts.slice(0, 400);
  for (const context of sample)
    for (const leaf of leavesOf(context)) {
      if (typeof leaf.value !== 'string' || isoDay(leaf.value) === undefined) continue;
      const entry = found.get(leaf.key) ?? { path: leaf.path, score: 0 };
      entry.score += /today|current|now|clock|asked|received|timestamp/i.test(leaf.key)
        ? 3
        : leaf.path.length === 1
          ? 1
          : 0.1;
      found.set(leaf.key, entry);
    }
  const best = [...found.values()].sort((a, b) => b.score - a.score)[0];
  return best && best.score >= sample.length * 0.5 ? best.path : undefined;
}

function contentOf(turn: JsonValue, content: string): string | undefined {
  if (typeof turn === 'string') return content === contentKeys[0] ? turn : undefined;
  if (turn === null || typeof turn !== 'object' || Array.isArray(turn)) return undefined;
  const value = turn[content];
  return typeof value === 'string' ? value : undefined;
}

function roleOf(turn: JsonValue): string {
  return turn !== null && typeof turn === 'object' && !Array.isArray(turn) && typeof turn.role === 'string'
    ? turn.role
    : '';
}
