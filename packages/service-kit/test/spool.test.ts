import { randomBytes } from 'node:crypto';
import { appendFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fault, newId, systemClock } from '@retort/kernel';
import { encryption, localKeyManagement } from '@retort/privacy';
import { temporaryFolder, until } from '@retort/testing';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger, openSpool, type SpoolRecord } from '../src/index.ts';
import type { SpoolOptions } from '../src/spool/spool.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let receiver: { away: boolean; got: SpoolRecord[]; refuses: (record: SpoolRecord) => boolean };
beforeEach(async () => {
  folder = await temporaryFolder('spool');
  receiver = { away: false, got: [], refuses: () => false };
});
afterEach(() => folder.remove());

const open = (options: Partial<SpoolOptions> = {}, metrics = new Registry()) =>
  openSpool({
    folder: folder.path,
    name: 'test',
    maxBytes: 1_000_000,
    segmentBytes: 500,
    sync: 'always',
    metrics,
    ...options,
    log: createLogger({ level: 'silent' }),
    deliver: async (records) => {
      if (receiver.away) throw new Error('away');
      if (records.some(receiver.refuses)) throw fault('event-store.rejected', { public: 'never' });
      receiver.got.push(...records);
    },
  });
const record = (number: number): SpoolRecord => ({ id: newId(), kind: 'test', data: { number, text: 'ä'.repeat(20) } });
const numbers = () => receiver.got.map(({ data }) => (data as { number: number }).number);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

describe('a spool', () => {
  it('keeps what its receiver cannot take, and delivers it in order when it is back, over many segments', async () => {
    const spool = await open();
    receiver.away = true;
    await Promise.all(range(0, 50).map((number) => spool.append([record(number)])));
    await expect(spool.flush()).rejects.toThrow('away');
    receiver.away = false;
    await spool.flush();
    expect(numbers()).toEqual(range(0, 50));
    await spool.append([record(50)]);
    await spool.flush();
    expect(numbers()).toEqual(range(0, 51));
    expect((await readdir(folder.path)).filter((name) => name.endsWith('.ndjson')).length).toBeLessThanOrEqual(1);
    await spool.close();
  });

  it('that is opened again delivers what was not delivered, and nothing of what was', async () => {
    const first = await open();
    await first.append(range(0, 7).map(record));
    await first.flush();
    receiver.away = true;
    await first.append(range(7, 20).map(record));
    await first.close();
    receiver.away = false;
    const second = await open();
    await second.append([record(20)]);
    await second.flush();
    expect(numbers()).toEqual(range(0, 21));
    await second.close();
  });

  it('with encryption holds nothing in the clear, delivers what was written before it, and needs the key it was written with', async () => {
    const encrypted = () =>
      encryption({
        subjects: [],
        management: localKeyManagement(rootKey),
        keys: { check: async (own: Uint8Array) => own } as never,
        clock: systemClock,
        newId,
      });
    const rootKey = randomBytes(32);
    const clear = await open();
    await clear.append([record(0)]);
    await clear.close();
    const first = await open({ encryption: await encrypted() });
    await first.append([{ id: newId(), kind: 'test', data: { number: 1, text: 'the secret of c-7' } }]);
    await first.close();
    const files = await readdir(folder.path);
    for (const name of files) expect(await readFile(join(folder.path, name), 'utf8')).not.toContain('secret');
    const second = await open({ encryption: await encrypted() });
    await second.flush();
    expect(numbers()).toEqual([0, 1]);
    await second.close();
    rootKey.fill(7);
    await expect(open({ encryption: await encrypted() })).rejects.toMatchObject({ code: 'privacy.wrong-key' });
  });

  it('cuts the line that a crash left unfinished, and keeps those before it', async () => {
    const first = await open();
    await first.append([record(0)]);
    await first.close();
    const [segment] = (await readdir(folder.path)).filter((name) => name.endsWith('.ndjson'));
    await appendFile(join(folder.path, segment!), '{"id":"torn","kind":"te');
    const second = await open();
    await second.append([record(1)]);
    await second.flush();
    expect(numbers()).toEqual([0, 1]);
    await second.close();
  });

  it('refuses what it has no room for, counts it, and takes it again once it was delivered', async () => {
    const metrics = new Registry();
    const spool = await open({ maxBytes: 1_000 }, metrics);
    receiver.away = true;
    let taken = 0;
    const refused = await (async () => {
      for (;;)
        try {
          await spool.append([record(taken)]);
          taken += 1;
        } catch (error) {
          return error;
        }
    })();
    expect(refused).toMatchObject({ code: 'spool.full' });
    expect(await metrics.getSingleMetricAsString('retort_spool_refused_total')).toMatch(/ 1$/m);
    receiver.away = false;
    await spool.flush();
    await spool.append([record(taken)]);
    await spool.flush();
    expect(numbers()).toEqual(range(0, taken + 1));
    await spool.close();
  });

  it('leaves out, and counts, what its receiver refuses for good, and delivers the rest', async () => {
    const metrics = new Registry();
    const spool = await open({}, metrics);
    receiver.refuses = ({ data }) => (data as { number: number }).number === 2;
    await spool.append(range(0, 5).map(record));
    await spool.flush();
    expect(numbers()).toEqual([0, 1, 3, 4]);
    expect(await metrics.getSingleMetricAsString('retort_spool_undeliverable_total')).toMatch(/ 1$/m);
    await spool.close();
  });

  it('delivers by itself while it runs, and ends with the signal', async () => {
    const spool = await open();
    const stop = new AbortController();
    const running = spool.loop.run(stop.signal);
    await spool.append([record(0)]);
    await until('it is delivered', () => numbers().length === 1);
    stop.abort();
    await running;
    await spool.close();
  });
});
