import { readFileSync } from 'node:fs';
import { errors } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import { errorReference } from '../src/errors/reference.ts';

describe('an error code', () => {
  it('stands in the reference as the registry has it (pnpm docs:errors)', () =>
    expect(readFileSync(new URL('../../../docs/reference/errors.md', import.meta.url), 'utf8')).toBe(errorReference()));

  it('names its area and what was wrong, has an error status, a title and a remedy', () => {
    for (const [code, { status, title, remedy }] of Object.entries(errors)) {
      expect(code).toMatch(/^(internal|[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*)$/);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(title).toMatch(/^[A-Z“`].*[^.]$|^epsilon/);
      expect(remedy).toMatch(/\.$/);
    }
  });
});
