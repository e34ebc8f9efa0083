import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesOf, read } from './repository.ts';

const page = read('docs/explanation/threat-model.md');
const files = filesOf(/./);

/** Tests, benchmarks and scripts that a text names in code, by path or by name alone. */
function evidenceIn(text: string): string[] {
  return [...text.matchAll(/`([^`\s]+)`/g)]
    .map((match) => match[1]!)
    .filter((name) => /\.(test|chaos)\.ts$|\/bench\/.*\.ts$|^\.ci\//.test(name));
}

const isMissing = (name: string) =>
  name.includes('/') ? !files.includes(name) : !files.some((path) => basename(path) === name);

/** The cells of the rows of the table below a heading. */
function rowsBelow(heading: string): string[][] {
  const section = page.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe('the threat model', () => {
  it('names no test, benchmark or script that is not there', () => {
    const named = evidenceIn(page);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter(isMissing)).toEqual([]);
  });

  it('would not name one that is gone', () => {
    const gone = evidenceIn('`gone.test.ts`, `packages/kernel/test/gone.test.ts`, `tools/bench/gone.ts`, `.ci/gone`');
    expect(gone).toHaveLength(4);
    expect(gone.filter(isMissing)).toEqual(gone);
  });

  it('says of each attack and fault what it is held by, and what is left', () => {
    const rows = rowsBelow('Attacks and faults, one by one');
    expect(rows).toHaveLength(12);
    for (const [attack, defence, heldBy, left] of rows) {
      expect([attack, defence, left]).not.toContain('');
      expect([attack, evidenceIn(heldBy!).length > 0]).toEqual([attack, true]);
    }
  });
});
