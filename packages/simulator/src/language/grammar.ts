import { stopWords, wordsOf, type Lexicon } from './lexicon.ts';
import { compilePhrase, slotsOf, type Phrase } from './phrase.ts';
import type { Slot } from './slots.ts';

/** A way to say an intent. `rank` below 1 marks the second reading of a phrase that two intents share. */
export interface GrammarPhrase {
  intent: string;
  phrase: Phrase;
  rank: number;
  /** Said on purpose in a way that has two readings. */
  vague: boolean;
}

/** Everything one agent's requests are spoken with, and understood by. */
export interface Grammar {
  lexicon: Lexicon;
  slots: Readonly<Record<string, Slot>>;
  phrases: readonly GrammarPhrase[];
  /** The phrases that say an intent clearly. */
  clear: ReadonlyMap<string, readonly GrammarPhrase[]>;
  /** The phrases with two readings, each under its usual one. */
  vague: readonly GrammarPhrase[];
}

export interface PhraseSource {
  intent: string;
  source: string;
  rank?: number;
  vague?: boolean;
}

/** Compiles a grammar and checks that every concept and slot its phrases name is known. */
export function grammar(definition: {
  lexicon: Lexicon;
  slots: Readonly<Record<string, Slot>>;
  phrases: readonly PhraseSource[];
}): Grammar {
  const phrases = definition.phrases.map(({ intent, source, rank = 1, vague = false }) => {
    const phrase = compilePhrase(source);
    for (const slot of slotsOf(phrase))
      if (!definition.slots[slot]) throw new Error(`phrase "${source}": no slot <${slot}>`);
    for (const concept of conceptsOf(phrase))
      if (!definition.lexicon[concept]) throw new Error(`phrase "${source}": no concept {${concept}}`);
    return { intent, phrase, rank, vague };
  });
  return {
    lexicon: definition.lexicon,
    slots: definition.slots,
    phrases,
    clear: clearPhrases(phrases),
    vague: phrases.filter(({ vague, rank }) => vague && rank === 1),
  };
}

function clearPhrases(phrases: readonly GrammarPhrase[]): Map<string, GrammarPhrase[]> {
  const byIntent = new Map<string, GrammarPhrase[]>();
  for (const phrase of phrases)
    if (!phrase.vague) byIntent.set(phrase.intent, [...(byIntent.get(phrase.intent) ?? []), phrase]);
  return byIntent;
}

function conceptsOf(phrase: Phrase): string[] {
  return phrase.flatMap((part) =>
    part.kind === 'concept' ? [part.name] : part.kind === 'group' ? conceptsOf(part.parts) : [],
  );
}

/** What a phrase means before its words are chosen: the features it always has, and those it may have. */
export function featuresOf(phrase: Phrase): { required: Set<string>; possible: Set<string> } {
  const required = new Set<string>();
  const possible = new Set<string>();
  for (const part of phrase) {
    if (part.kind === 'group') {
      const inner = featuresOf(part.parts);
      for (const feature of [...inner.required, ...inner.possible]) possible.add(feature);
    } else if (part.kind === 'concept') required.add(`{${part.name}}`);
    else if (part.kind === 'slot') required.add(`<${part.name}>`);
    else for (const word of wordsOf(part.text)) if (!stopWords.has(word)) required.add(word);
  }
  for (const feature of required) possible.add(feature);
  return { required, possible };
}
