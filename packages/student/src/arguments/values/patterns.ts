import type { JsonValue } from '@retort/kernel';

const email = '[\\w.+-]+@[\\w-]+(?:\\.[\\w-]+)+';
const maximumPatterns = 3;

/** Expressions that generalise the values seen ("AB-12", "XY-9" → `[A-Z]+-\d+`), most frequent first. Only for values
 *  with a digit or a sign in them: plain words are the tagger's. */
export function learnPatterns(values: readonly JsonValue[]): string[] {
  const counts = new Map<string, number>();
  let texts = 0;
  for (const value of values) {
    if (typeof value !== 'string' && typeof value !== 'number') continue;
    texts++;
    const pattern = patternOf(String(value));
    if (pattern !== undefined) counts.set(pattern, (counts.get(pattern) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count >= 2 && count >= texts * 0.1)
    .sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1))
    .slice(0, maximumPatterns)
    .map(([pattern]) => pattern);
}

/** A pattern that matches only where a word begins and ends. */
export function compilePattern(pattern: string): RegExp {
  return new RegExp(`(?<![A-Za-z\\d])${pattern}(?![A-Za-z\\d])`, 'g');
}

/** The same pattern for a whole value. */
export function compileWhole(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`);
}

function patternOf(value: string): string | undefined {
  if (value.length > 64 || /\s/.test(value)) return undefined;
  if (new RegExp(`^${email}$`).test(value)) return email;
  if (!/[^\p{L}]/u.test(value) || /[^\x21-\x7e]/.test(value)) return undefined;
  return value
    .match(/[A-Z]+|[a-z]+|\d+|[^A-Za-z\d]/g)!
    .map((run) => {
      if (/^[A-Z]/.test(run)) return '[A-Z]+';
      if (/^[a-z]/.test(run)) return '[a-z]+';
      if (/^\d/.test(run)) return '\\d+';
      return run.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
    })
    .join('');
}
