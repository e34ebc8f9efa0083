import { describe, expect, it } from 'vitest';
import { chartSettings } from '../settings/chart.ts';
import { settings, settingsReference } from '../settings/reference.ts';
import { filesOf, read } from './repository.ts';

describe('the page on settings', () => {
  it('is what the schemas and their comments make (pnpm docs:settings)', async () =>
    expect(read('docs/reference/settings.md')).toBe(await settingsReference()));

  it('is in step with what the chart knows (pnpm docs:settings)', async () =>
    expect(read('charts/retort/settings.json')).toBe(await chartSettings()));

  it('knows every schema of a service', async () => {
    const services = filesOf(/^services\/[^/]+\/src\/config\.ts$/).map((path) => path.split('/')[1]!);
    // The catalog has nothing to set.
    const expected = ['', 'bootstrap', ...services].filter((service) => service !== 'data-catalog');
    expect([...(await settings()).keys()].sort()).toEqual(expected.sort());
  });

  it('says of every setting what it means', async () => {
    const silent = [...(await settings()).values()].flat().filter(({ meaning }) => meaning === null);
    expect(silent.map(({ variable }) => variable)).toEqual([]);
  });

  it('marks what must not be shown', async () => {
    const secrets = [...(await settings()).values()].flat().filter(({ secret }) => secret);
    const names = secrets.map(({ variable }) => variable);
    expect(names).toEqual(
      expect.arrayContaining(['RETORT_SERVICE_KEY', 'RETORT_KAFKA_PASSWORD', 'RETORT_PRIVACY_KEY']),
    );
  });
});
