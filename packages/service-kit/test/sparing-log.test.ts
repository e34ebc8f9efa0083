import type { Logger } from 'pino';
import { describe, expect, it } from 'vitest';
import { sparingLog } from '../src/index.ts';

function recorder() {
  const lines: string[] = [];
  const write = (first: unknown, second?: string) => void lines.push(second ?? String(first));
  return { lines, log: { error: write, info: write } as unknown as Logger };
}

describe('trouble that lasts', () => {
  it('is said on change and then once a minute, and so is its end, once', () => {
    const { lines, log } = recorder();
    let now = 0;
    const said = sparingLog(log, () => now);
    for (now = 0; now < 130_000; now += 250) said.trouble('store', 'nothing listens');
    expect(lines).toEqual(Array(3).fill('nothing listens'));
    said.trouble('store', 'wrong password');
    said.trouble('bus', 'away');
    said.over('store', 'it answers');
    said.over('store', 'it answers');
    expect(lines.slice(3)).toEqual(['wrong password', 'away', 'it answers']);
  });
});
