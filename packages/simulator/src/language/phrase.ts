import type { Random } from '@retort/kernel';
import type { Lexicon } from './lexicon.ts';

/** One part of a phrase: a word, a `{concept}`, a `<slot>`, or an `[optional group]` of them. */
export type PhrasePart =
  | { kind: 'word'; text: string }
  | { kind: 'concept'; name: string }
  | { kind: 'slot'; name: string }
  | { kind: 'group'; parts: readonly PhrasePart[] };
export type Phrase = readonly PhrasePart[];

/** A segment of rendered text. `exact` segments (identifiers, amounts, names) are never misspelt or recased. */
export interface Segment {
  text: string;
  exact: boolean;
}

/** Compiles `'{want} {my} balance [for <account>]'`. @throws Error on an unbalanced bracket. */
export function compilePhrase(source: string): Phrase {
  const open: PhrasePart[][] = [[]];
  for (const [token, concept, slot] of source.matchAll(/\{(\w+)\}|<(\w+)>|[[\]]|[^\s[\]{}<>]+/g)) {
    const parts = open.at(-1)!;
    if (concept) parts.push({ kind: 'concept', name: concept });
    else if (slot) parts.push({ kind: 'slot', name: slot });
    else if (token === '[') open.push([]);
    else if (token === ']') {
      open.pop();
      const outer = open.at(-1);
      if (!outer) throw new Error(`phrase "${source}": ] without [`);
      outer.push({ kind: 'group', parts });
    } else parts.push({ kind: 'word', text: token });
  }
  if (open.length !== 1) throw new Error(`phrase "${source}": [ without ]`);
  return open[0]!;
}

export function slotsOf(phrase: Phrase): string[] {
  return phrase.flatMap((part) =>
    part.kind === 'slot' ? [part.name] : part.kind === 'group' ? slotsOf(part.parts) : [],
  );
}

export interface Rendering {
  random: Random;
  lexicon: Lexicon;
  /** The share of concepts put in the drifted language, where they have such a wording. */
  novelty: number;
  /** How a slot's drawn value reads. */
  wordingOf(slot: string): Segment;
  /** The chance that an optional group is spoken: one with slots, one without. */
  keep: { slots: number; plain: number };
}

/** Speaks a phrase. Which slots were spoken is for `wordingOf` to note. */
export function renderPhrase(phrase: Phrase, rendering: Rendering): Segment[] {
  const { random } = rendering;
  return phrase.flatMap((part): Segment[] => {
    switch (part.kind) {
      case 'word':
        return [{ text: part.text, exact: false }];
      case 'slot':
        return [rendering.wordingOf(part.name)];
      case 'concept':
        return [{ text: wordConcept(part.name, rendering), exact: false }];
      case 'group': {
        const keep = slotsOf(part.parts).length > 0 ? rendering.keep.slots : rendering.keep.plain;
        return random.next() < keep ? renderPhrase(part.parts, rendering) : [];
      }
    }
  });
}

function wordConcept(name: string, { lexicon, novelty, random }: Rendering): string {
  const words = lexicon[name];
  if (!words) throw new Error(`no concept {${name}} in the lexicon`);
  const drifted = words.novel.length > 0 && random.next() < novelty;
  return random.pick(drifted ? words.novel : words.usual);
}
