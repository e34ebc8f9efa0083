import { describe, expect, it } from 'vitest';
import { datasetRows } from '../src/app/dataset-rows.ts';
import { contentDigest, datasetDigest, datasetVersion } from '../src/domain/dataset.ts';
import { collect } from './collect.ts';
import { decision } from './history-stub.ts';

const decisions = Array.from({ length: 1200 }, (_, index) => decision(`d-${String(index).padStart(4, '0')}`));
const digested = decisions.map((row) => ({ id: row.id, content: contentDigest(row), quality: 0.5, weight: 1 }));

function rowsOver(history: typeof decisions, recordedAsOf?: string, expires = false, shredded = 0) {
  return datasetRows({
    recordedAsOf,
    expires,
    toolsets: 'reference',
    manifest: {
      format: 1,
      product: 'distillation_training_data',
      recipe: {},
      report: {},
      log_position: '1/1200',
      digest: datasetDigest(digested),
      rows: {
        positions: decisions.map(({ position }) => position),
        ids: decisions.map(({ id }) => id),
        quality: decisions.map(() => 0.5),
        weights: decisions.map(() => 1),
      },
    },
    history: {
      // Answers that are full: a few rows each.
      byIds: async (ids) => ({ data: history.filter(({ id }) => ids.slice(0, 70).includes(id)), rest: ids.slice(70) }),
      tools: async () => [],
      ownAnswers: async function* () {
        // Rows are read without.
      },
      size: async () => history.length,
      shredded: async () => shredded,
      read: async function* () {
        yield* history;
      },
    },
  });
}

const balance = { tool: 'balance', parameters: {} };
const transfer = (amount: number) => ({ tool: 'transfer', parameters: { amount } });
const digestOfCalls = (...tool_calls: { tool: string; parameters: object }[]) =>
  contentDigest(decision('d', { tool_calls } as Parameters<typeof decision>[1]));

describe('the digest of a turn', () => {
  it('is one for its calls in any order, another for another second call, and that of version 1 for one call', () => {
    expect(digestOfCalls(balance, transfer(1))).toBe(digestOfCalls(transfer(1), balance));
    expect(digestOfCalls(balance, transfer(1))).not.toBe(digestOfCalls(balance, transfer(2)));
    expect(digestOfCalls(balance, balance)).not.toBe(digestOfCalls(balance));
    expect(digestOfCalls(balance)).toBe(contentDigest(decision('d')));
  });
});

describe('the rows of a data set', () => {
  it('stream whole when the history still holds what the manifest names', async () => {
    const text = (await collect(rowsOver(decisions).lines())).join('');
    expect(text.trim().split('\n')).toHaveLength(1200);
  });

  it('break off before the last piece when one was altered: nobody takes other rows for these', async () => {
    const altered = decisions.map((row, index) => (index === 700 ? { ...row, context: { query: 'other' } } : row));
    const received: string[] = [];
    const read = async () => {
      for await (const piece of rowsOver(altered).lines()) received.push(piece);
    };
    await expect(read()).rejects.toThrow('curation.digest-mismatch');
    expect(received.join('').trim().split('\n').length).toBeLessThan(1200);
  });

  it('are missed by name when one is gone', async () => {
    await expect(collect(rowsOver(decisions.slice(1)).rowsFrom(0, 10))).rejects.toThrow('curation.row-missing');
  });

  it('are to be asked for again while a subject of them is being erased', async () => {
    const rows = rowsOver(decisions.slice(1), undefined, false, 1);
    await expect(collect(rows.lines())).rejects.toMatchObject({
      code: 'curation.dataset-being-erased',
      detail: { status: 409, retriable: true },
    });
  });

  it('are gone for good where decisions are kept for a number of days', async () => {
    const rows = rowsOver(decisions.slice(1), undefined, true);
    await expect(collect(rows.lines())).rejects.toMatchObject({
      code: 'curation.dataset-expired',
      detail: { status: 410 },
    });
  });

  it('are the caller’s mistake to ask for, as of a moment before they were recorded', async () => {
    const rows = rowsOver([], '2020-01-01T00:00:00.000Z');
    await expect(collect(rows.rowsFrom(0, 10))).rejects.toMatchObject({
      code: 'curation.not-recorded-yet',
      detail: { status: 404 },
    });
  });
});

describe('the digest of a data set', () => {
  it('does not depend on the order of the rows, nor on where the log keeps them or when it learnt of them', () => {
    expect(datasetDigest([...digested].reverse())).toBe(datasetDigest(digested));
    const elsewhere = { ...decisions[0]!, position: '9/9', recorded_at: '2027-01-01T00:00:00.000Z', outcome: null };
    expect(contentDigest(elsewhere)).toBe(contentDigest(decisions[0]!));
  });

  it('changes with a context, a call, a quality and a weight', () => {
    const [first, ...rest] = digested;
    const other = (change: Partial<typeof first>) => datasetDigest([{ ...first!, ...change }, ...rest]);
    expect(new Set([datasetDigest(digested), other({ quality: 0.4 }), other({ weight: 2 })]).size).toBe(3);
    const altered = { ...decisions[0]!, tool_parameters: { amount: 1 } };
    expect(contentDigest(altered)).not.toBe(contentDigest(decisions[0]!));
  });

  it('names the version, with the day it was made', () => {
    const digest = datasetDigest(digested);
    expect(datasetVersion(digest, new Date('2026-03-04T23:59:59Z'))).toBe(`v20260304-${digest.slice(7, 19)}`);
  });
});
