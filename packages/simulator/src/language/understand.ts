import type { JsonValue } from '@retort/kernel';
import { featuresOf, type Grammar } from './grammar.ts';
import { stopWords, wordsOf } from './lexicon.ts';
import { spelling } from './spelling.ts';

/** One utterance, understood: the intents it may have, best first, and the values it names. */
export interface Understanding {
  readings: readonly { intent: string; score: number }[];
  said: Readonly<Record<string, JsonValue>>;
  /** Whether it says more than values: an answer such as "$500" has no intent of its own. */
  saysMoreThanValues: boolean;
}
export type Understand = (text: string, today: string) => Understanding;

interface Meaning {
  feature: string;
  slot?: string;
  value?: string;
}

/** Builds the understanding of a grammar: it corrects spelling, spots slots, concepts and words, and ranks the
 *  intents by how well one of their phrases covers what was said (F1 over features weighted by how few intents
 *  share them). It sees nothing of how a text was made. */
export function understanding(grammar: Grammar): Understand {
  const surfaces = surfacesOf(grammar);
  const longest = Math.max(...[...surfaces.keys()].map((surface) => surface.split(' ').length));
  const correct = spelling(
    new Set([...surfaces.keys()].flatMap((surface) => surface.split(' ')).concat([...stopWords])),
  );
  const candidates = grammar.phrases.map(({ intent, phrase, rank }) => ({ intent, rank, ...featuresOf(phrase) }));
  const weightOf = featureWeights(candidates);
  const requirements = candidates.map(({ intent, rank, required, possible }) => {
    const weights = [...required].map((feature) => ({ feature, weight: weightOf(feature) }));
    return { intent, rank, possible, weights, total: sum(weights) };
  });

  return (text, today) => {
    const features = new Set<string>();
    const said: Record<string, JsonValue> = {};
    let rest = text;
    for (const [name, slot] of Object.entries(grammar.slots)) {
      const found = slot.kind === 'pattern' ? slot.find(rest, today) : undefined;
      if (!found) continue;
      said[name] = found.value;
      features.add(`<${name}>`);
      rest = `${rest.slice(0, found.start)} . ${rest.slice(found.end)}`;
    }
    const words = wordsOf(rest).map(correct);
    for (let at = 0; at < words.length;) {
      const { meanings, length } = longestSurface(words, at, { surfaces, longest });
      for (const { feature, slot, value } of meanings) {
        features.add(feature);
        if (slot !== undefined && value !== undefined) said[slot] ??= value;
      }
      at += length;
    }
    const weighted = [...features].map((feature) => ({ feature, weight: weightOf(feature) }));
    const totalWeight = sum(weighted);
    const best = new Map<string, number>();
    for (const { intent, rank, possible, weights, total } of requirements) {
      const precision = ratio(sum(weighted, possible), totalWeight);
      const recall = ratio(sum(weights, features), total);
      const score = rank * ratio(2 * precision * recall, precision + recall);
      if (score > (best.get(intent) ?? 0)) best.set(intent, score);
    }
    const readings = [...best]
      .map(([intent, score]) => ({ intent, score }))
      .sort((one, other) => other.score - one.score);
    return { readings, said, saysMoreThanValues: [...features].some((feature) => !feature.startsWith('<')) };
  };
}

/** Every wording the grammar knows, as space-separated words, with what it may mean. */
function surfacesOf(grammar: Grammar): Map<string, Meaning[]> {
  const surfaces = new Map<string, Meaning[]>();
  const add = (wording: string, meaning: Meaning) => {
    const surface = wordsOf(wording).join(' ');
    const meanings = surfaces.get(surface);
    if (!meanings) surfaces.set(surface, [meaning]);
    else if (!meanings.some(({ feature, value }) => feature === meaning.feature && value === meaning.value))
      meanings.push(meaning);
  };
  const spoken = new Set(grammar.phrases.flatMap(({ phrase }) => [...featuresOf(phrase).possible]));
  for (const [concept, { usual, novel }] of Object.entries(grammar.lexicon))
    if (spoken.has(`{${concept}}`))
      for (const wording of [...usual, ...novel]) add(wording, { feature: `{${concept}}` });
  for (const [slot, definition] of Object.entries(grammar.slots))
    if (definition.kind === 'choice')
      for (const [value, wordings] of Object.entries(definition.values))
        for (const wording of wordings) add(wording, { feature: `<${slot}>`, slot, value });
  for (const feature of spoken) if (/^\w/.test(feature)) add(feature, { feature });
  return surfaces;
}

function longestSurface(
  words: readonly string[],
  at: number,
  known: { surfaces: Map<string, Meaning[]>; longest: number },
) {
  for (let length = Math.min(known.longest, words.length - at); length > 0; length--) {
    const meanings = known.surfaces.get(words.slice(at, at + length).join(' '));
    if (meanings) return { meanings, length };
  }
  return { meanings: [], length: 1 };
}

/** A feature weighs the more the fewer intents use it. Features of courtesy ("can you") then weigh next to nothing. */
function featureWeights(candidates: readonly { intent: string; possible: ReadonlySet<string> }[]) {
  const intents = new Set(candidates.map(({ intent }) => intent)).size;
  const users = new Map<string, Set<string>>();
  for (const { intent, possible } of candidates)
    for (const feature of possible) users.set(feature, (users.get(feature) ?? new Set()).add(intent));
  const weights = new Map([...users].map(([feature, by]) => [feature, 0.05 + Math.log(intents / by.size)]));
  return (feature: string) => weights.get(feature) ?? 0;
}

/** The weight of the features, or of those of them that `among` has. */
function sum(weighed: readonly { feature: string; weight: number }[], among?: ReadonlySet<string>): number {
  let total = 0;
  for (const { feature, weight } of weighed) if (!among || among.has(feature)) total += weight;
  return total;
}

function ratio(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}
