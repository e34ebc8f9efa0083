import { canonicalJson, type JsonValue } from '@retort/kernel';
import { sameValue, transformBetween } from '../values/alignment.ts';
import { learnForm } from '../values/forms.ts';
import { namedIn, type OriginalText, type SlotMeaning } from '../tagger/spans.ts';
import { learnPatterns } from '../values/patterns.ts';
import { readPath } from '../context/paths.ts';
import type { ParameterProgram, Program, Signal } from './program.ts';
import { tellsOf, type Row } from '../context/rows.ts';
import { learnSources } from '../context/sources.ts';
import { decidingThresholds } from '../../thresholds.ts';
import { textBetween } from '../values/tokens.ts';
import { transformed, transforms, type Transform } from '../values/transforms.ts';

const maximumValues = 20;
const maximumSignals = 40;

/** Everything about one parameter that is counted rather than trained. */
export function describeParameter(
  rows: readonly Row[],
  texts: readonly (readonly OriginalText[])[],
  of: { pointer: string; slot: number; meaning: SlotMeaning },
): Omit<ParameterProgram, 'support' | 'agreed' | 'reliable'> {
  const { pointer, slot, meaning } = of;
  const sources = learnSources(rows, pointer, meaning.aliases);
  const counts = new Map<Transform, number>();
  const values = new Map<string, { value: JsonValue; count: number; unexplained: number }>();
  const scalars: JsonValue[] = [];
  let present = 0;
  let explainedRows = 0;
  let lists = false;
  rows.forEach((row, index) => {
    const value = row.arguments.get(pointer);
    if (value === undefined) return;
    present++;
    if (Array.isArray(value)) lists = true;
    else scalars.push(value);
    const ways = waysTo(value, { row, sources: sources.map((source) => source.key), texts: texts[index]!, meaning });
    for (const way of new Set(ways)) counts.set(way, (counts.get(way) ?? 0) + 1);
    const key = canonicalJson(value);
    const entry = values.get(key) ?? { value, count: 0, unexplained: 0 };
    entry.count++;
    if (ways.length === 0 && !Array.isArray(value)) entry.unexplained++;
    else explainedRows++;
    values.set(key, entry);
  });
  const chosen = closedValues([...values.values()], { present, explainedRows });
  const usable = transforms.filter(
    (transform) =>
      (counts.get(transform) ?? 0) > Math.min(2, present * 0.1) && (counts.get(transform) ?? 0) >= present * 0.003,
  );
  const patterns = learnPatterns(scalars);
  return {
    pointer,
    slot,
    sources: sources.map((source) => source.path),
    patterns,
    values: chosen,
    transforms: usable.length > 0 ? usable : ['same'],
    form: learnForm(scalars, { listed: chosen, patterns }),
    lists,
    worded: chosen.length > 0 || (present < rows.length * 0.98 && explainedRows > 0 && sources.length > 0),
    program: simplestProgram(rows, { pointer, sources: sources.map((source) => source.path), meaning, present }),
  };
}

/** The transforms by which the context or the texts give a value. */
function waysTo(
  value: JsonValue,
  from: { row: Row; sources: readonly string[]; texts: readonly OriginalText[]; meaning: SlotMeaning },
): Transform[] {
  const environment = { today: from.row.today, aliases: from.meaning.aliases };
  const ways: Transform[] = [];
  for (const leaf of from.row.leaves) {
    if (!from.sources.includes(leaf.key)) continue;
    const way = transformBetween(leaf.value, value, environment);
    if (way !== undefined) ways.push(way);
  }
  for (const text of from.texts) {
    const named = namedIn(text, value, from.row, from.meaning);
    if (named.some((choices) => choices.length === 0)) continue;
    if (Array.isArray(value)) ways.push('same');
    else
      for (const choice of named[0]!) {
        const way = transformBetween(textBetween(text.tokens, choice.first, choice.last), value, environment);
        if (way !== undefined) ways.push(way);
      }
  }
  return ways;
}

/** An enumeration (at most 20 values cover 98%) in full unless copying explains it; otherwise only the values that keep
 *  coming without being named, such as "dontcare". */
function closedValues(
  values: readonly { value: JsonValue; count: number; unexplained: number }[],
  of: { present: number; explainedRows: number },
): JsonValue[] {
  const ranked = [...values].sort((a, b) => b.count - a.count);
  const covered = ranked.slice(0, maximumValues).reduce((sum, entry) => sum + entry.count, 0);
  const closed = covered >= of.present * 0.98 && ranked.length < of.present;
  if (closed && of.explainedRows < of.present * 0.985)
    return ranked.slice(0, maximumValues).map((entry) => entry.value);
  return [...values]
    .filter((entry) => entry.unexplained >= 3 && entry.unexplained >= of.present * 0.004)
    .sort((a, b) => b.unexplained - a.unexplained)
    .slice(0, maximumValues)
    .map((entry) => entry.value);
}

function simplestProgram(
  rows: readonly Row[],
  of: { pointer: string; sources: ParameterProgram['sources']; meaning: SlotMeaning; present: number },
): Program {
  const first = rows.find((row) => row.arguments.has(of.pointer))?.arguments.get(of.pointer);
  const always = (test: (row: Row) => boolean) => rows.length >= 2 && rows.every(test);
  if (first !== undefined && always((row) => isSame(row.arguments.get(of.pointer), first)))
    return { kind: 'constant', value: first };
  for (const path of of.sources)
    for (const transform of transforms) {
      const copied = (row: Row) => {
        const raw = readPath(row.context, path);
        return raw === undefined
          ? undefined
          : transformed(raw, transform, { today: row.today, aliases: of.meaning.aliases });
      };
      if (always((row) => isSame(row.arguments.get(of.pointer), copied(row)))) return { kind: 'copy', path, transform };
    }
  return { kind: 'choice' };
}

function isSame(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  return a === undefined || b === undefined ? a === b : sameValue(a, b);
}

/** The parts of the context that may decide between values: few-valued ones, and numbers by their quantiles. */
export function learnSignals(rows: readonly Row[]): Signal[] {
  const seen = new Map<
    string,
    { path: Signal['path']; values: Map<string, number>; numbers: { x: number; row: Row }[]; count: number }
  >();
  for (const row of rows)
    for (const { path, key, value } of row.leaves) {
      if (value !== null && typeof value === 'object') continue;
      const entry = seen.get(key) ?? { path, values: new Map<string, number>(), numbers: [], count: 0 };
      entry.count++;
      if (typeof value === 'number' && Number.isFinite(value)) entry.numbers.push({ x: value, row });
      const name = String(value).slice(0, 64);
      if (entry.values.size <= 40) entry.values.set(name, (entry.values.get(name) ?? 0) + 1);
      seen.set(key, entry);
    }
  return [...seen.values()]
    .filter((entry) => entry.count >= Math.max(4, rows.length * 0.03) && entry.count >= entry.values.size * 2)
    .filter((entry) => entry.numbers.length > entry.count / 2 || entry.values.size <= 40)
    .sort((a, b) => b.count - a.count)
    .slice(0, maximumSignals)
    .map(({ path, numbers, count, values }) =>
      numbers.length > count / 2 && values.size > 8
        ? { path, thresholds: [...new Set([...quantiles(numbers.map(({ x }) => x)), ...rules(numbers)])] }
        : { path },
    );
}

function quantiles(numbers: readonly number[]): number[] {
  const sorted = [...numbers].sort((a, b) => a - b);
  const parts = 16;
  const at = Array.from(
    { length: parts - 1 },
    (_, index) => sorted[Math.floor(((index + 1) * sorted.length) / parts)]!,
  );
  return [...new Set(at)];
}

/** Thresholds that some enumerated argument turns on. */
function rules(numbers: readonly { x: number; row: Row }[]): number[] {
  const pointers = new Set(numbers.flatMap(({ row }) => [...row.arguments.keys()]));
  return [...pointers].flatMap((pointer) => {
    const points = numbers
      .filter(({ row }) => tellsOf(row, pointer))
      .map(({ x, row }) => ({ x, label: canonicalJson(row.arguments.get(pointer) ?? null) }));
    const labels = new Set(points.map(({ label }) => label));
    return labels.size >= 2 && labels.size <= maximumValues ? decidingThresholds(points) : [];
  });
}
