import { fault } from '@retort/kernel';
import { freePort, until } from '@retort/testing';
import { describe, expect, it } from 'vitest';
import { createLogger, startWhenServed } from '../src/index.ts';

const lines: string[] = [];
const log = createLogger({ destination: { write: (line) => void lines.push(line) } });
const away = () => fault('event-bus.unavailable', { public: 'The message bus cannot be reached now.' });
const ask = async (port: number, path: string) => {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: answer.status, body: (await answer.json()) as object };
};

describe('a process whose servers are away', () => {
  it('lives, says for what it waits, and starts when it is there', async () => {
    const port = await freePort();
    let isThere = false;
    let attempts = 0;
    const started = startWhenServed(
      async (closeDoor) => {
        attempts++;
        if (!isThere) throw away();
        await closeDoor();
        return 'started';
      },
      { log, door: { host: '127.0.0.1', port }, firstMs: 5, longestMs: 20 },
    );
    await until('several attempts', () => attempts > 3);
    expect(await ask(port, '/livez')).toEqual({ status: 200, body: { status: 'ok' } });
    expect(await ask(port, '/readyz')).toEqual({
      status: 503,
      body: {
        status: 'waiting',
        code: 'event-bus.unavailable',
        detail: 'The message bus cannot be reached now.',
      },
    });
    isThere = true;
    expect(await started).toBe('started');
    await expect(ask(port, '/livez')).rejects.toThrow();
    const said = lines.map((line) => (JSON.parse(line) as { message: string }).message);
    // Once, however often it was tried.
    expect(said).toEqual(['waiting: The message bus cannot be reached now.', 'what was waited for is there']);
  });

  it('gives up at once on what no server mends', async () => {
    let attempts = 0;
    const attempt = () => {
      attempts++;
      return Promise.reject(fault('config.missing', { public: 'RETORT_KAFKA_BROKERS is needed.' }));
    };
    await expect(startWhenServed(attempt, { log })).rejects.toThrow('RETORT_KAFKA_BROKERS');
    expect(attempts).toBe(1);
  });
});
