import { fault } from '@retort/kernel';
import type { RedactedText } from '../app/redaction.ts';
import { parseJson } from '../domain/parse-json.ts';

/** An item of a batch as it may be stored, or why it may not. */
export type BatchItem = { text: RedactedText } | { text?: undefined; error: unknown };

export function redactedItems<Posted>(
  items: readonly Posted[],
  redact: (item: Posted) => RedactedText,
): readonly BatchItem[] {
  return items.map((item) => {
    try {
      return { text: redact(item) };
    } catch (error) {
      return { error };
    }
  });
}

/** @throws why the item may not be stored */
export function textOfItem(item: BatchItem): RedactedText {
  if (item.text === undefined) throw item.error;
  return item.text;
}

/** The items of a batch, each as its JSON text. NDJSON is taken line by line as it came; blank lines do not count.
 *  @throws `decisions.malformed-json`, `decisions.batch-empty` (400), `decisions.batch-too-large` (413) */
export function batchItems(text: string, contentType: string, limit: number): string[] {
  const items = contentType.startsWith('application/x-ndjson') ? lines(text) : elements(text);
  if (items.length === 0)
    throw fault('decisions.batch-empty', {
      public: 'The batch holds no decision.',
      errors: [{ pointer: '', message: 'expected at least one decision' }],
    });
  return atMost(limit, items);
}

/** The items, if a batch may hold so many.
 *  @throws `decisions.batch-too-large` (413) */
export function atMost<Item>(limit: number, items: Item[]): Item[] {
  if (items.length <= limit) return items;
  throw fault('decisions.batch-too-large', {
    public: `A batch holds at most ${limit} decisions.`,
    errors: [{ pointer: `/${limit}`, message: `at most ${limit} decisions` }],
  });
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && line.trim() !== '');
}

/** Characters of a JSON document that is parsed as a whole: nothing else happens meanwhile. */
export const largestDocument = 4 * 1_048_576;

function elements(text: string): string[] {
  if (text.length > largestDocument)
    throw fault('decisions.batch-too-large', {
      public: `An array holds at most ${largestDocument} characters. Send one decision a line as application/x-ndjson.`,
      errors: [{ pointer: '', message: `at most ${largestDocument} characters` }],
    });
  const value = parseJson(text);
  if (!Array.isArray(value))
    throw fault('decisions.invalid', {
      public: 'A batch is a JSON array of decisions, or one decision a line as application/x-ndjson.',
      errors: [{ pointer: '', message: 'expected an array' }],
    });
  return value.map((item) => JSON.stringify(item));
}
