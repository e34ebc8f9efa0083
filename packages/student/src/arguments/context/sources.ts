import { canonicalJson, type JsonValue } from '@retort/kernel';
import { sameValue, transformBetween } from '../values/alignment.ts';
import type { Path } from './paths.ts';
import type { Row } from './rows.ts';
import { transformed, type Aliases } from '../values/transforms.ts';

const maximumSources = 16;
const noAliases: Aliases = new Map();

export interface Source {
  path: Path;
  key: string;
  /** Decisions where the part of the context was the argument, after a transform; and where both were there. */
  hits: number;
  present: number;
}

/** The places in the context that a parameter was a copy of, most faithful first. */
export function learnSources(rows: readonly Row[], pointer: string, aliases: Aliases = noAliases): Source[] {
  const sources = new Map<string, Source>();
  let values = 0;
  for (const row of rows) {
    const value = row.arguments.get(pointer);
    if (value === undefined) continue;
    values++;
    for (const leaf of row.leaves) {
      const source = sources.get(leaf.key) ?? { path: leaf.path, key: leaf.key, hits: 0, present: 0 };
      source.present++;
      if (transformBetween(leaf.value, value, { today: row.today, aliases }) !== undefined) source.hits++;
      sources.set(leaf.key, source);
    }
  }
  const least = values < 20 ? 1 : Math.max(2, values * 0.005);
  return [...sources.values()]
    .filter((source) => source.hits >= least && source.hits >= source.present * 0.02)
    .sort((a, b) => b.hits - a.hits || a.path.length - b.path.length || (a.key < b.key ? -1 : 1))
    .slice(0, maximumSources);
}

/** Counts of what the teacher wrote where the context said something: spelling → value → groups. */
export type SpellingCounts = Map<string, Map<string, { value: JsonValue; groups: Set<string> }>>;

function countSpelling(counts: SpellingCounts, seen: { spelling: string; value: JsonValue; group: string }): void {
  const spelling = seen.spelling.toLowerCase();
  const values = counts.get(spelling) ?? new Map<string, { value: JsonValue; groups: Set<string> }>();
  const key = canonicalJson(seen.value);
  const entry = values.get(key) ?? { value: seen.value, groups: new Set<string>() };
  entry.groups.add(seen.group);
  values.set(key, entry);
  counts.set(spelling, values);
}

/** Counts the spellings at the places that usually hold the parameter, where no plain transform explains the value. */
export function countSourceSpellings(rows: readonly Row[], pointer: string, counts: SpellingCounts): void {
  const keys = new Set(
    learnSources(rows, pointer)
      .filter((source) => source.hits >= 3 && source.hits >= source.present * 0.4)
      .map((source) => source.key),
  );
  for (const row of rows) {
    const value = row.arguments.get(pointer);
    if (value === undefined || typeof value === 'object') continue;
    for (const leaf of row.leaves) {
      if (!keys.has(leaf.key) || typeof leaf.value !== 'string' || leaf.value.length > 80) continue;
      countSpelling(counts, { spelling: leaf.value, value, group: row.group });
    }
  }
}

/** Spellings that mean one value reliably: in at least two sessions and in more than 60% of those where they occur. */
export function settleAliases(counts: SpellingCounts, isCounted: (group: string) => boolean): Map<string, JsonValue> {
  const aliases = new Map<string, JsonValue>();
  for (const [spelling, values] of counts) {
    const ranked = [...values.values()]
      .map(({ value, groups }) => ({ value, sessions: [...groups].filter(isCounted).length }))
      .sort((a, b) => b.sessions - a.sessions);
    const all = ranked.reduce((sum, entry) => sum + entry.sessions, 0);
    const best = ranked[0]!;
    if (best.sessions < 2 || best.sessions <= all * 0.6 || sameValue(best.value, spelling)) continue;
    aliases.set(spelling, best.value);
  }
  return aliases;
}

/** Drops the aliases that a typed transform makes anyway: a date's meaning moves with the day it is said on. */
export function withoutTyped(aliases: ReadonlyMap<string, JsonValue>): Map<string, JsonValue> {
  return new Map(
    [...aliases].filter(([spelling, value]) => {
      if (typeof value !== 'string') return true;
      if (/^\d{4}-\d\d-\d\d/.test(value)) return false;
      return transformed(spelling, 'time', { today: undefined, aliases: noAliases }) !== value;
    }),
  );
}
