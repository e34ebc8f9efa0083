import type { JsonValue } from '@retort/kernel';
import type { ArgumentPrograms } from './program.ts';
import type { Row } from '../context/rows.ts';
import type { SlotNames } from '../tagger/slots.ts';
import { countSourceSpellings, settleAliases, withoutTyped, type SpellingCounts } from '../context/sources.ts';
import { slotMeaning, type SlotMeaning } from '../tagger/spans.ts';

/** What the slots' spellings mean. */
export interface Meanings {
  of: (slot: number) => SlotMeaning;
  list: ArgumentPrograms['aliases'];
}

/** Learns spellings by slot, and those that hold for every slot, from the sessions that `counts` says yes to. */
export function learnMeanings(
  counts: ReadonlyMap<number, SpellingCounts>,
  isCounted: (group: string) => boolean = () => true,
): Meanings {
  const everywhere: SpellingCounts = new Map();
  for (const of of counts.values())
    for (const [spelling, values] of of)
      for (const [key, entry] of values) {
        const known = everywhere.get(spelling) ?? new Map<string, { value: JsonValue; groups: Set<string> }>();
        const all = known.get(key) ?? { value: entry.value, groups: new Set<string>() };
        for (const group of entry.groups) all.groups.add(group);
        known.set(key, all);
        everywhere.set(spelling, known);
      }
  const shared = withoutTyped(settleAliases(everywhere, isCounted));
  const list: ArgumentPrograms['aliases'] = [...shared].map(([spelling, value]) => ({ slot: -1, spelling, value }));
  const meanings = new Map<number, SlotMeaning>();
  for (const [slot, of] of counts) {
    const own = withoutTyped(settleAliases(of, isCounted));
    for (const [spelling, value] of own) if (shared.get(spelling) !== value) list.push({ slot, spelling, value });
    meanings.set(slot, slotMeaning(new Map([...shared, ...own])));
  }
  const none = slotMeaning(shared);
  return { of: (slot) => meanings.get(slot) ?? none, list };
}

/** Counts, by slot, what the teacher wrote where the context said something. */
export function countSpellings(
  rowsByTool: ReadonlyMap<string, readonly Row[]>,
  slotNames: SlotNames,
): Map<number, SpellingCounts> {
  const counts = new Map<number, SpellingCounts>();
  for (const rows of rowsByTool.values())
    for (const pointer of new Set(rows.flatMap((row) => [...row.arguments.keys()]))) {
      const slot = slotNames.of(pointer);
      const of = counts.get(slot) ?? (new Map() as SpellingCounts);
      countSourceSpellings(rows, pointer, of);
      counts.set(slot, of);
    }
  return counts;
}
