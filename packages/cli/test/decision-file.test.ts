import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { isFault } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import { readDecisionFile, requireFile, type BadLine } from '../src/decision-file.ts';
import { folder } from './folder.ts';

async function read(content: string | Buffer) {
  const path = join(await folder(), 'decisions.jsonl');
  await writeFile(path, content);
  const bad: BadLine[] = [];
  const lines = [];
  for await (const line of readDecisionFile(path, (one) => bad.push(one))) lines.push(line);
  return { lines, bad };
}

describe('a decision file', () => {
  it('is read with its line numbers, empty lines passed over', async () => {
    const { lines, bad } = await read('{"id":"a"}\n\n{"id":"b"}\n');
    expect(lines.map(({ line, decision }) => [line, decision.id])).toEqual([
      [1, 'a'],
      [3, 'b'],
    ]);
    expect(bad).toEqual([]);
  });

  it('may be compressed, whatever its name says', async () => {
    const { lines } = await read(gzipSync('{"id":"a"}\n{"id":"b"}'));
    expect(lines).toHaveLength(2);
  });

  it('gives every bad line with its number, and the rest is used', async () => {
    const { lines, bad } = await read('{"id":"a"}\n{broken\n[1]\n"text"\n{"id":"b"}');
    expect(lines.map(({ decision }) => decision.id)).toEqual(['a', 'b']);
    expect(bad.map(({ line }) => line)).toEqual([2, 3, 4]);
  });

  it('makes an id of the line for a row that has none', async () => {
    const { lines } = await read('{"agent_id":"loan"}\n{"id":7}');
    expect(lines.map(({ decision }) => decision.id)).toEqual(['line-1', 'line-2']);
  });

  it('that is cut short says how far it could be read', async () => {
    const whole = gzipSync(
      Array.from({ length: 5000 }, (_, index) => `{"id":"${index}-${Math.sin(index)}"}`).join('\n'),
    );
    await expect(read(whole.subarray(0, whole.length / 2))).rejects.toSatisfy((error) =>
      isFault(error, 'cli.file-unreadable'),
    );
  });

  it('that is not there is named, with what it was for', () =>
    expect(() => requireFile('no-such-file', '--train')).toThrow('--train: there is no file no-such-file.'));
});
