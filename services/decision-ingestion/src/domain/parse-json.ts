import { exceededJsonBudget, fault, toPointer, unstorablePath } from '@retort/kernel';

/** What one decision may be, however it comes. */
const budget = { characters: 1_048_576, levels: 128, values: 50_000 } as const;

/** Parses a posted text, and refuses what costs too much, and what JSON allows but a reader of the log could not carry: NUL
 *  characters and halves of surrogate pairs (no database text holds them), `__proto__` members, and nesting beyond 128 levels.
 *  @throws `decisions.malformed-json`, `decisions.unstorable` (400), `decisions.too-large` (413) */
export function parseJson(text: string): unknown {
  if (text.length > budget.characters) throw tooLarge(`${budget.characters} characters`);
  const exceeded = exceededJsonBudget(text, budget);
  if (exceeded === 'values') throw tooLarge(`${budget.values} values`);
  if (exceeded === 'levels') throw unstorable([], `nested deeper than ${budget.levels} levels`);
  const value = parse(text);
  const found = needsALook(text) ? unstorablePath(value) : null;
  if (found) throw unstorable(found, 'holds a NUL character, half of a surrogate pair or a member __proto__');
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    // The parser's own message would quote the body.
    const place = /at position (\d+)/.exec(String(error))?.[1];
    throw fault('decisions.malformed-json', {
      public: `The text is not valid JSON${place === undefined ? '' : ` (it breaks at character ${place})`}.`,
      errors: [{ pointer: '', message: 'not valid JSON' }],
    });
  }
}

/** Almost no text does: it holds no escape by code. */
function needsALook(text: string): boolean {
  return text.includes('\\u') || text.includes('__proto__');
}

function unstorable(path: readonly (string | number)[], message: string) {
  return fault('decisions.unstorable', {
    public: 'The decision holds something that cannot be stored.',
    errors: [{ pointer: toPointer(path), message }],
  });
}

function tooLarge(most: string) {
  return fault('decisions.too-large', {
    public: `A decision holds at most ${most}.`,
    errors: [{ pointer: '', message: `at most ${most}` }],
  });
}
