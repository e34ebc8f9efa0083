import type { JsonObject, JsonValue } from '@retort/kernel';
import { FeatureCounts, hashRange } from './feature-counts.ts';
import { normalise } from './vectors/vectors.ts';

/** Dimensions of an embedding. Hashing keeps ‖x − y‖² to within a relative error of about √(2/dimensions), so that
 *  near-identical contexts stay near-identical. */
export const embeddingDimensions = 256;

/** Recorded with every data set: another embedding makes other duplicates. */
export const embeddingName = `hashed-ngrams-${embeddingDimensions}-v1`;

/** Embeds a context: word 1–2-grams and character 3–5-grams of its texts, values of its structured members, each in the
 *  namespace of its JSON path, hashed with a sign into `into` (zeros on entry) and scaled to length 1.
 *
 *  Every top-level member is normalised by itself and then weighs 1 + ln(1 + its distinct features), so that a long
 *  history does not drown a short question, nor one flag a whole text.
 *  @returns false when the context has no features: `into` is then the zero vector. */
export function embedContext(context: JsonObject, into: Float32Array): boolean {
  const member = new Float32Array(into.length);
  // The number of dimensions is a power of two.
  const mask = into.length - 1;
  for (const key of Object.keys(context).sort()) {
    counts.clear();
    collect(context[key]!, key);
    if (counts.size === 0) continue;
    member.fill(0);
    counts.forEach((hash, count) => {
      member[hash & mask]! += (hash >>> 31 === 0 ? 1 : -1) * (1 + Math.log(count));
    });
    if (normalise(member) === 0) continue;
    const weight = 1 + Math.log(1 + counts.size);
    for (let index = 0; index < into.length; index++) into[index]! += weight * member[index]!;
  }
  return normalise(into) > 0;
}

/** Scratch space of one call; nothing outlives it. */
const counts = new FeatureCounts();

function collect(value: JsonValue, path: string): void {
  if (typeof value === 'string') collectText(value, path);
  else if (typeof value === 'number') collectNumber(value, path);
  else if (Array.isArray(value)) for (const item of value) collect(item, `${path}[]`);
  else if (value !== null && typeof value === 'object')
    for (const key of Object.keys(value)) collect(value[key]!, `${path}.${key}`);
  else counts.add(hashOf(`${path}=${String(value)}`));
}

/** Letters and digits, with what joins them inside a word: 12.50, o'clock, AB-12. */
const word = /[\p{L}\p{N}\p{M}]+(?:[.,:'’_@/-][\p{L}\p{N}\p{M}]+)*/gu;

function collectText(text: string, path: string): void {
  const words = hashOf(`${path}:words`);
  const characters = hashOf(`${path}:characters`);
  let previous = 0;
  for (const [token] of text.normalize('NFKC').toLowerCase().matchAll(word)) {
    const hash = hashRange(token, 0, token.length, words);
    counts.add(hash);
    if (previous !== 0) counts.add(Math.imul(previous, 0x9e3779b1) ^ hash);
    previous = hash;
    collectCharacters(`<${token}>`, characters);
  }
}

function collectCharacters(bounded: string, namespace: number): void {
  for (let length = 3; length <= 5; length++)
    for (let start = 0; start + length <= bounded.length; start++)
      counts.add(hashRange(bounded, start, start + length, namespace));
}

/** The number itself, and where it stands on a logarithmic scale of eight steps to the decade: 100 is nearer to 101 than
 *  to 5000, and still another number. */
function collectNumber(value: number, path: string): void {
  counts.add(hashOf(`${path}=${value}`));
  const step = value === 0 ? 0 : Math.sign(value) * (Math.round(8 * Math.log10(Math.abs(value))) + 4096);
  counts.add(hashOf(`${path}~${step}`));
}

function hashOf(text: string): number {
  return hashRange(text, 0, text.length, 0);
}
