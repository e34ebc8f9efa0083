import { fault, jsonItems } from '@retort/kernel';
import { sliceFor, takingTurns } from '@retort/service-kit';
import type { Admitted } from '../app/personal-data.ts';
import { parseJson } from '../domain/parse-json.ts';

/** An item of a batch as it may be stored, or why it may not. */
export type BatchItem = { admitted: Admitted } | { admitted?: undefined; error: unknown };

/** One after the other, so that other requests have their turn: redaction takes milliseconds a decision. */
export async function admittedItems<Posted>(
  items: readonly Posted[],
  admit: (item: Posted) => Admitted | Promise<Admitted>,
): Promise<BatchItem[]> {
  const admitted: BatchItem[] = [];
  const turn = takingTurns(sliceFor(items.length));
  for (const item of items) {
    try {
      const done = admit(item);
      admitted.push({ admitted: done instanceof Promise ? await done : done });
    } catch (error) {
      admitted.push({ error });
    }
    await turn();
  }
  return admitted;
}

/** @throws why the item may not be stored */
export function admittedOf(item: BatchItem): Admitted {
  if (item.admitted === undefined) throw item.error;
  return item.admitted;
}

export function textsOf(items: readonly BatchItem[]): string {
  return JSON.stringify(items.map(({ admitted }) => admitted?.text ?? null));
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

/** Characters of an array, which is divided into its items in one go. */
export const largestDocument = 4 * 1_048_576;

/** The items of an array as they were written. */
function elements(text: string): string[] {
  if (text.length > largestDocument)
    throw fault('decisions.batch-too-large', {
      public: `An array holds at most ${largestDocument} characters. Send one decision a line as application/x-ndjson.`,
      errors: [{ pointer: '', message: `at most ${largestDocument} characters` }],
    });
  const items = jsonItems(text);
  if (items !== null) return items;
  if (text.trimStart().startsWith('['))
    throw fault('decisions.malformed-json', {
      public: 'The text is not valid JSON: its array does not end where the text does.',
      errors: [{ pointer: '', message: 'not valid JSON' }],
    });
  parseJson(text);
  throw fault('decisions.invalid', {
    public: 'A batch is a JSON array of decisions, or one decision a line as application/x-ndjson.',
    errors: [{ pointer: '', message: 'expected an array' }],
  });
}
