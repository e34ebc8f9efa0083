import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { settings } from '../settings/reference.ts';
import { filesOf, read, root } from './repository.ts';

interface Container {
  image?: string;
  command?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }> | string[];
  healthcheck?: { disable?: boolean; test?: string[] };
}
const text = read('docker-compose.yml');
const { services: containers, volumes } = parse(text, { merge: true }) as {
  services: Record<string, Container>;
  volumes: Record<string, object>;
};
const platform = [
  'decision-ingestion',
  'edge',
  ...filesOf(/^services\/[^/]+\/src\/service\.ts$/).map((path) => path.split('/')[1]!),
];
const ours = [...new Set(platform), 'bootstrap'];

/** The module that a container runs, as it stands in the sources. */
function sourceOf({ command = [] }: Container): string {
  const path = command.at(-1) ?? '';
  const [, service] = /^node_modules\/@retort\/([^/]+)\//.exec(path) ?? [];
  return `services/${service ?? 'standalone'}/src/${path.split('dist/')[1]?.replace('.js', '.ts')}`;
}

describe('docker-compose.yml', () => {
  it('has a container for every service, which runs what the service is', () => {
    expect(Object.keys(containers)).toEqual(expect.arrayContaining(ours));
    const missing = ours.filter((name) => !existsSync(join(root, sourceOf(containers[name]!))));
    expect(missing).toEqual([]);
    for (const name of new Set(platform)) expect(sourceOf(containers[name]!)).toBe(`services/${name}/src/main.ts`);
  });

  it('sets no variable of the platform that is no setting', async () => {
    const found = await settings();
    const known = new Set([...found.values()].flat().map(({ variable }) => variable));
    for (const [service, own] of found)
      for (const { variable } of own)
        known.add(variable.replace(`RETORT_${service.replaceAll('-', '_').toUpperCase()}_`, 'RETORT_'));
    const simulator = read('packages/simulator/src/main.ts');
    for (const [, key] of simulator.matchAll(/^ {2}([A-Z_]+): z\./gm)) known.add(`RETORT_SIMULATOR_${key}`);
    const set = Object.values(containers).flatMap(({ environment = {} }) => Object.keys(environment));
    expect(set.filter((name) => name.startsWith('RETORT_') && !known.has(name))).toEqual([]);
  });

  it('holds no secret, and asks for those it needs by name', () => {
    for (const { environment = {} } of Object.values(containers))
      for (const [name, value] of Object.entries(environment))
        if (/(KEY|PASSWORD|SECRET|DATABASE_URL)$/.test(name)) expect(value).toMatch(/\$\{\w+:[?-]/);
  });

  it('speaks to the port that the image listens on, and opens ports on this machine alone', () => {
    const port = /RETORT_PORT=(\d+)/.exec(read('Dockerfile'))![1];
    expect(containers['edge']!.environment!['RETORT_EDGE_SERVICE_URL']).toBe(`http://{service}:${port}`);
    expect(containers['edge']!.ports).toEqual([`127.0.0.1:${port}:${port}`]);
    expect(containers['curation']!.environment!['RETORT_GATEWAY_URL']).toBe(`http://edge:${port}`);
    const opened = Object.values(containers).flatMap(({ ports = [] }) => ports);
    expect(opened.filter((opening) => !opening.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('runs the servers that the tests run, by one exact version each', () => {
    const tested = filesOf(/^packages\/[^/]+\/(src|test)\/.*\.ts$/)
      .map(read)
      .join('\n');
    for (const name of ['kafka', 'eventstoredb']) expect(tested).toContain(`'${containers[name]!.image}'`);
    for (const { image = 'retort:0' } of Object.values(containers)) expect(image).toMatch(/:v?\d[\w.-]*$/);
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(containers['edge']!.image).toBe(`retort:${version}`);
  });

  it('starts what others need first, and knows when it is healthy', () => {
    for (const { depends_on: needed = {} } of Object.values(containers))
      for (const [name, { condition = '' }] of Object.entries(Array.isArray(needed) ? {} : needed)) {
        expect(Object.keys(containers)).toContain(name);
        if (condition === 'service_healthy') expect(containers[name]!.healthcheck?.test).toBeDefined();
      }
  });

  it('mounts what is there', () => {
    for (const { volumes: mounted = [] } of Object.values(containers))
      for (const mount of mounted) {
        const [source] = mount.split(':');
        if (source!.startsWith('./')) expect(existsSync(join(root, source!))).toBe(true);
        else if (mount.includes(':')) expect(Object.keys(volumes)).toContain(source);
      }
  });

  it('has every service watched', () => {
    const { scrape_configs: jobs } = parse(read('observability/prometheus.yml')) as {
      scrape_configs: { static_configs: { targets: string[] }[] }[];
    };
    const targets = jobs.flatMap((job) => job.static_configs.flatMap((one) => one.targets));
    expect(targets.map((target) => target.split(':')[0]).sort()).toEqual([...new Set(platform)].sort());
  });
});
