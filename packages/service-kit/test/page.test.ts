import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { listText, pageCharacters, pageOf } from '../src/http/page.ts';
import { takingTurns } from '../src/taking-turns.ts';

const large = 'x'.repeat(100_000);
const rows = Array.from({ length: 40 }, (_, index) => ({ index, text: large }));

function pageAfter(cursor: string | undefined, limit: number, onRead: (index: number) => void = () => undefined) {
  return pageOf({
    area: 'curation',
    query: { limit, cursor },
    position: z.int(),
    positionOf: ({ index }: (typeof rows)[number]) => index,
    async *read(after, atMost) {
      for (const row of rows.slice((after ?? -1) + 1, (after ?? -1) + 1 + atMost)) {
        onRead(row.index);
        yield row;
      }
    },
  });
}

describe('a page', () => {
  it('ends with the row that fills it, and the others follow', async () => {
    const seen: number[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await pageAfter(cursor, 1_000);
      const characters = JSON.stringify(page.data).length;
      expect(characters).toBeLessThan(pageCharacters + 2 * large.length);
      seen.push(...page.data.map(({ index }) => index));
      cursor = page.next_cursor ?? undefined;
      pages++;
    } while (cursor !== undefined);
    expect(seen).toEqual(rows.map(({ index }) => index));
    expect(pages).toBeGreaterThan(5);
  });

  it('reads one row more than it holds, and no others', async () => {
    const read: number[] = [];
    const { data } = await pageAfter(undefined, 1_000, (index) => read.push(index));
    expect(read).toHaveLength(data.length + 1);
  });

  it('holds no more rows than were asked for', async () => {
    const { data, has_more } = await pageAfter(undefined, 2);
    expect([data.length, has_more]).toEqual([2, true]);
    expect((await pageAfter(undefined, 40)).data.length).toBeLessThan(40);
  });

  it('is written as JSON writes it, and others have their turn meanwhile', async () => {
    let turns = 0;
    let written = false;
    const others = (async () => {
      for (; !written; turns++) await setImmediate();
    })();
    const list = { data: rows, next_cursor: null, has_more: false };
    const text = await listText(list);
    written = true;
    await others;
    expect(JSON.parse(text)).toEqual(list);
    expect(JSON.parse(await listText({ data: [] }))).toEqual({ data: [] });
    expect(turns).toBeGreaterThan(10);
  });
});

describe('work that takes turns', () => {
  it('gives the loop back once it has had it for as long as it may', async () => {
    let others = 0;
    const turn = takingTurns(0);
    const interval = setInterval(() => others++, 0);
    const ended = (async () => {
      while (others < 3) await turn();
    })();
    await ended;
    clearInterval(interval);
    expect(others).toBeGreaterThanOrEqual(3);
  });

  it('goes on at once before', () => expect(takingTurns(60_000)()).toBeUndefined());
});
