import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { dashboard } from '../dashboards/dashboard.ts';
import { rows } from '../dashboards/panels.ts';
import { filesOf, read } from './repository.ts';

const sources = filesOf(/^(packages|services)\/[^/]+\/src\/.*\.ts$/)
  .map(read)
  .join('\n');
const recorded = (parse(read('charts/retort/rules.yaml')) as { groups: { rules: { record?: string }[] }[] }).groups
  .flatMap(({ rules }) => rules)
  .flatMap(({ record }) => record ?? []);
const queries = rows.flatMap(({ panels }) => panels.flatMap((panel) => Object.keys(panel.queries)));

describe('the dashboard', () => {
  it('is what its code makes (pnpm docs:dashboards)', () =>
    expect(JSON.parse(read('observability/grafana/dashboards/retort.json'))).toEqual(dashboard()));

  it('asks for metrics that the platform has, and records that its rules make', () => {
    for (const query of queries)
      for (const [name] of query.matchAll(/\bretort[_:][a-z0-9_:]+/g)) {
        const metric = name.replace(/_(bucket|count|sum)$/, '');
        expect([name, recorded.includes(name) || sources.includes(`name: '${metric}'`)]).toEqual([name, true]);
      }
  });

  it('sums by labels that the metrics have', () => {
    const known = new Set(['le', 'service', 'instance']);
    for (const [, list] of sources.matchAll(/labelNames: \[([^\]]*)\]/g))
      for (const [, label] of list!.matchAll(/'(\w+)'/g)) known.add(label!);
    const used = queries.flatMap((query) =>
      [...query.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list]) => list!.split(',').map((label) => label.trim())),
    );
    expect(used.filter((label) => !known.has(label))).toEqual([]);
  });
});
