import type { Random } from '@retort/kernel';
import type { Segment } from './phrase.ts';

const openings = [
  'Hi,',
  'Hello,',
  'Hey',
  'Good morning,',
  'Quick one:',
  'Hi there,',
  'Sorry to bother,',
  'Hello team,',
];
const closings = [
  'please',
  'thanks',
  'thank you',
  'asap',
  'when you can',
  'today if possible',
  'many thanks',
  'cheers',
];
const chatOpenings = ['yo', 'heya', 'ok so', 'hiya bot', 'sup,'];
const chatClosings = ['pls', 'thx', 'ty', 'k thx', 'rn'];

/** How much a text is disturbed on its way from the meaning to the keyboard. */
export interface Disturbance {
  /** The chance of an opening, and of a closing. */
  courtesy: number;
  /** The chance of a misspelt word (and of a second one, given the first: a third of it). */
  misspelling: number;
  /** The chance that courtesies come in chat style. */
  chat: number;
}

/** Writes segments down as a person would: courtesies, casing, punctuation, slips of the finger. */
export function disturb(segments: readonly Segment[], random: Random, disturbance: Disturbance): string {
  const chat = random.next() < disturbance.chat;
  let words: Segment[] = segments.flatMap((segment): Segment[] =>
    segment.exact ? [segment] : segment.text.split(' ').map((text) => ({ text, exact: false })),
  );
  for (let chance = disturbance.misspelling; random.next() < chance; chance /= 3) words = misspell(words, random);
  const lower = random.next() < (chat ? 0.9 : 0.25);
  let text = words.map((word) => (lower && !word.exact ? word.text.toLowerCase() : word.text)).join(' ');
  if (random.next() < disturbance.courtesy) text = `${random.pick(chat ? chatOpenings : openings)} ${text}`;
  if (random.next() < disturbance.courtesy)
    text = `${text}${random.next() < 0.5 ? ',' : ''} ${random.pick(chat ? chatClosings : closings)}`;
  if (!lower && !words[0]?.exact) text = text.charAt(0).toUpperCase() + text.slice(1);
  return text + random.pick(['', '', '.', '.', '!', '...']);
}

function misspell(words: readonly Segment[], random: Random): Segment[] {
  const candidates = words.flatMap((word, index) => (!word.exact && /^[a-z]{6,}$/i.test(word.text) ? [index] : []));
  if (candidates.length === 0) return [...words];
  const chosen = random.pick(candidates);
  return words.map((word, index) => (index === chosen ? { text: slip(word.text, random), exact: false } : word));
}

/** One slip inside a word; its first letter stays. */
function slip(word: string, random: Random): string {
  const at = 1 + random.integer(word.length - 2);
  switch (random.integer(3)) {
    case 0:
      return word.slice(0, at) + word.slice(at + 1);
    case 1:
      return word.slice(0, at) + word[at]! + word.slice(at);
    default:
      return word.slice(0, at) + word[at + 1]! + word[at]! + word.slice(at + 2);
  }
}
