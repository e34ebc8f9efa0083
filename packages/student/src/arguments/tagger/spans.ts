import { hash32, type JsonValue } from '@retort/kernel';
import { occurrencesOf, type Occurrence } from '../values/alignment.ts';
import { addPhrase, phraseHash, type PhraseCounts } from './gazetteer.ts';
import { segmentsOf, type Layout, type Segment } from '../context/layout.ts';
import type { Row } from '../context/rows.ts';
import { slotsAmong, type ToolSlots } from './features.ts';
import type { LabelledText } from './prepared-texts.ts';
import { mix, tokenize, type Tokens } from '../values/tokens.ts';
import type { Aliases } from '../values/transforms.ts';

const tokensPerTurn = 80;

/** A text of a request, cut into tokens, with the hash of where it comes from. */
export interface OriginalText {
  tokens: Tokens;
  origin: number;
}

export function textsOf(segments: readonly Segment[]): OriginalText[] {
  return segments.map((segment, index) => ({
    tokens: tokenize(segment.text, index === 0 ? undefined : tokensPerTurn),
    origin: index === 0 ? 0 : mix(hash32(segment.role), Math.min(segment.distance, 3)),
  }));
}

export interface SlotMeaning {
  aliases: Aliases;
  /** Spellings of each value: the aliases turned round. */
  spellings: ReadonlyMap<JsonValue, readonly string[]>;
}

export function slotMeaning(aliases: ReadonlyMap<string, JsonValue>): SlotMeaning {
  const spellings = new Map<JsonValue, string[]>();
  for (const [spelling, value] of aliases) spellings.set(value, [...(spellings.get(value) ?? []), spelling]);
  return { aliases, spellings };
}

/** Where a text names the value of an argument; an array is named by its elements. */
export function namedIn(text: OriginalText, value: JsonValue, row: Row, meaning: SlotMeaning): Occurrence[][] {
  const elements = Array.isArray(value) ? value : [value];
  return elements.map((element) =>
    occurrencesOf(text.tokens, element, {
      today: row.today,
      aliases: meaning.aliases,
      spellings: meaning.spellings.get(element) ?? [],
    }),
  );
}

/** Labels every text of a row with the arguments it names: longer phrases first, each token once. Of a row that may have more
 *  arguments than it tells of, the text is for a tool of their slots alone: what names the others is nobody's. */
export function labelTexts(
  row: Row,
  tool: {
    slots: ToolSlots;
    slotOf: ReadonlyMap<string, number>;
    layout: Layout;
    depth: number;
    meaningOf: (slot: number) => SlotMeaning;
  },
): LabelledText[] {
  const slots = row.partial
    ? slotsAmong(tool.slots, new Set([...row.arguments.keys()].map((pointer) => tool.slotOf.get(pointer))))
    : tool.slots;
  if (slots.slots.length === 0) return [];
  return textsOf(segmentsOf(row.context, tool.layout, tool.depth)).map((text) => {
    const labels = new Int16Array(text.tokens.count);
    const wanted: { slot: number; choices: Occurrence[] }[] = [];
    for (const [pointer, value] of row.arguments) {
      const slot = tool.slotOf.get(pointer);
      if (slot === undefined) continue;
      for (const choices of namedIn(text, value, row, tool.meaningOf(slot)))
        if (choices.length > 0) wanted.push({ slot, choices });
    }
    wanted.sort((a, b) => widthOf(b.choices[0]!) - widthOf(a.choices[0]!));
    const own = new Set<number>();
    for (const { slot, choices } of wanted) {
      const free = choices.find((choice) =>
        labels.subarray(choice.first, choice.last + 1).every((label) => label === 0),
      );
      if (!free) continue;
      const index = slots.slotIndex[slot]!;
      labels.fill(2 * index + 2, free.first, free.last + 1);
      labels[free.first] = 2 * index + 1;
      own.add(mix(phraseHash(text.tokens, free.first, free.last), slot));
    }
    return { ...text, tool: slots, labels, own };
  });
}

/** Adds the labelled phrases of a text, to be recognised elsewhere. */
export function addPhrases(counts: PhraseCounts, text: LabelledText): void {
  for (let first = 0; first < text.labels.length; first++) {
    const label = text.labels[first]!;
    if (label % 2 === 0) continue;
    let last = first;
    while (text.labels[last + 1] === label + 1) last++;
    if (last - first < 6) addPhrase(counts, phraseHash(text.tokens, first, last), text.tool.slots[(label - 1) / 2]!);
  }
}

function widthOf(occurrence: Occurrence): number {
  return occurrence.last - occurrence.first;
}
