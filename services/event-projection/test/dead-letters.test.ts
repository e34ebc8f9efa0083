import { listDeadLetters, replayDeadLetter, topics } from '@retort/contracts';
import type { Consumption } from '@retort/event-bus';
import { until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decided, startProjection, type StartedProjection } from './host.ts';

let host: StartedProjection;
let consumption: Consumption;
let cured = false;
const handled: string[] = [];
const poison = decided('poison');
const sound = decided('sound');

beforeAll(async () => {
  host = await startProjection();
  consumption = await host.infrastructure.bus.consume({
    group: 'fragile',
    topics: [topics.decisions],
    maxAttempts: 2,
    handle: async ({ attributes }) => {
      if (attributes.id === poison.id && !cured) throw new Error('cannot digest it');
      handled.push(attributes.id);
    },
  });
  await host.record(poison, sound);
});
afterAll(async () => {
  await consumption.close();
  await host.close();
});

const letters = async (tenant = 'acme') =>
  (await host.call(listDeadLetters, { query: { group: 'fragile' }, tenant })).body.data;
const replay = (handle: string, tenant = 'acme') => host.call(replayDeadLetter, { params: { handle }, tenant });

describe('a message that a service cannot handle', () => {
  it('is listed to its tenant alone, with the reason, while later ones go on', async () => {
    const [letter] = await until('the dead letter', async () => {
      const found = await letters();
      return found.length > 0 && found;
    });
    await until('the next one to be handled', () => handled.includes(sound.id));
    expect(letter).toMatchObject({
      group: 'fragile',
      topic: topics.decisions,
      key: 'agent-acme.loan',
      event_id: poison.id,
      attempts: 2,
      data: poison.json,
    });
    expect(letter!.error).toContain('cannot digest it');
    expect(await letters('globex')).toEqual([]);
    expect((await replay(letter!.handle, 'globex')).status).toBe(404);
  });

  it('is handled once it is replayed, and no dead letter any more', async () => {
    const [letter] = await letters();
    cured = true;
    expect((await replay(letter!.handle)).status).toBe(200);
    await until('it to be handled', () => handled.includes(poison.id));
    expect(await letters()).toEqual([]);
    expect((await replay(letter!.handle)).status).toBe(404);
  });
});
