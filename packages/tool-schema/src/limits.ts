/** What a tool's schema may be, and what checking arguments against it may cost. The same everywhere. */
export const toolSchemaLimits = {
  /** Levels of JSON. */
  depth: 128,
  /** JSON values: objects, arrays, strings, numbers, and so on. */
  values: 20_000,
  /** Characters of names and strings. */
  characters: 262_144,
  /** Keywords that are compiled. A reference counts as four, a pattern as ten and one more for every ten characters. */
  keywords: 1_000,
  /** Steps of one check, of all calls of a turn together: a keyword applied to a value is one at least, a pattern some for each character. */
  steps: 1_500_000,
} as const;

/** Which limit a schema exceeds, in words; null when it keeps them all. */
export function exceededLimit(schema: object): string | null {
  const { depth, values, characters } = toolSchemaLimits;
  let seen = 0;
  let read = 0;
  let level: unknown[] = [schema];
  for (let levels = 1; level.length > 0; levels++) {
    if (levels > depth) return `is nested deeper than ${depth} levels`;
    const next: unknown[] = [];
    for (const value of level) {
      if (++seen > values) return `has more than ${values} values`;
      if (typeof value === 'string') read += value.length;
      if (typeof value === 'object' && value !== null) {
        for (const [key, member] of Object.entries(value)) {
          if (!Array.isArray(value)) read += key.length;
          next.push(member);
        }
      }
      if (read > characters) return `has more than ${characters} characters`;
    }
    level = next;
  }
  return null;
}
