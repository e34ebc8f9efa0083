import { transformBetween } from '../values/alignment.ts';
import { segmentsOf, type Layout } from '../context/layout.ts';
import type { Row } from '../context/rows.ts';
import type { SlotNames } from '../tagger/slots.ts';
import { namedIn, textsOf, type SlotMeaning } from '../tagger/spans.ts';
import { toolSlots, type ToolSlots } from '../tagger/features.ts';

const maximumDepth = 4;

/** A tool while its programs are being learnt. */
export interface ToolDraft {
  name: string;
  rows: Row[];
  pointers: string[];
  depth: number;
  slotOf: Map<string, number>;
  slots: ToolSlots;
}

/** Decides which parameters the texts name, and how many turns back it is worth reading. */
export function draftTool(of: {
  name: string;
  rows: Row[];
  layout: Layout;
  slotNames: SlotNames;
  meaningOf: (slot: number) => SlotMeaning;
}): ToolDraft {
  const pointers = [...new Set(of.rows.flatMap((row) => [...row.arguments.keys()]))].sort();
  const named = new Map<string, { present: number; named: number }>();
  const atDepth = new Array<number>(maximumDepth + 1).fill(0);
  let values = 0;
  const sample = of.rows.slice(0, 400);
  for (const row of sample) {
    const texts = textsOf(segmentsOf(row.context, of.layout, maximumDepth));
    for (const [pointer, value] of row.arguments) {
      const meaning = of.meaningOf(of.slotNames.of(pointer));
      const at = texts.findIndex((text) => namedIn(text, value, row, meaning).every((choices) => choices.length > 0));
      const count = named.get(pointer) ?? { present: 0, named: 0 };
      values++;
      count.present++;
      if (at >= 0) {
        count.named++;
        const copied = row.leaves.some((leaf) =>
          transformBetween(leaf.value, value, { today: row.today, aliases: meaning.aliases }),
        );
        if (!copied) atDepth[at]!++;
      }
      named.set(pointer, count);
    }
  }
  let depth = 0;
  for (let turn = 1; turn <= maximumDepth; turn++) if (atDepth[turn]! >= Math.max(2, values * 0.015)) depth = turn;
  const slotOf = new Map<string, number>();
  for (const [pointer, count] of named)
    if (count.named >= Math.min(3, count.present) && count.named >= count.present * 0.03)
      slotOf.set(pointer, of.slotNames.of(pointer));
  const slots = [...new Set(slotOf.values())].sort((a, b) => a - b);
  return {
    name: of.name,
    rows: of.rows,
    pointers,
    depth,
    slotOf,
    slots: toolSlots(of.name, slots, of.slotNames.names.length),
  };
}
