import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { filesOf, read, root } from './repository.ts';

interface Job {
  permissions?: Record<string, string>;
  'timeout-minutes'?: number;
  steps: { uses?: string; run?: string }[];
}
const files = filesOf(/^\.github\/workflows\/.*\.yml$/);
const workflows = files.map((path) => ({
  path,
  text: read(path),
  workflow: parse(read(path)) as { permissions: Record<string, string>; jobs: Record<string, Job> },
}));
const jobs = workflows.flatMap(({ path, workflow }) =>
  Object.entries(workflow.jobs).map(([name, job]) => ({ name: `${path} ${name}`, job })),
);

describe('the workflows', () => {
  it('pin every action by its commit, and say its version', () => {
    for (const { text } of workflows)
      for (const [line] of text.matchAll(/^.*\buses: .*$/gm))
        expect(line).toMatch(/uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('read and no more, unless one job says what it writes', () => {
    for (const { workflow } of workflows) expect(workflow.permissions).toEqual({ contents: 'read' });
    const writing = jobs.filter(({ job }) => Object.values(job.permissions ?? {}).includes('write'));
    expect(writing.map(({ name }) => name)).toEqual([
      '.github/workflows/release.yml image',
      '.github/workflows/release.yml chart',
    ]);
  });

  it('end in time', () => {
    for (const { name, job } of jobs) expect([name, job['timeout-minutes']]).toEqual([name, expect.any(Number)]);
  });

  it('call scripts that are there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const runs = jobs.flatMap(({ job }) => job.steps.flatMap(({ run }) => run ?? []));
    for (const run of runs) {
      for (const [script] of run.matchAll(/\.ci\/[\w.-]+/g)) expect(existsSync(join(root, script))).toBe(true);
      for (const [, script] of run.matchAll(/pnpm@10 (?!install|exec)([\w:]+)/g))
        expect(scripts).toHaveProperty([script!]);
    }
    expect(runs.length).toBeGreaterThan(5);
  });
});
