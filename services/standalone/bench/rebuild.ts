import { readFile, readdir } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { eventCatalog, isEventType, listProjections, rebuilds, streamName, type EventType } from '@retort/contracts';
import type { EventStore, NewEvent } from '@retort/event-store';
import { digestOfJson, newId } from '@retort/kernel';
import { startEmbeddedPostgres } from '@retort/postgres';
import { connectInfrastructure, createLogger, hostServices, infrastructureConfig } from '@retort/service-kit';
import { temporaryFolder, until } from '@retort/testing';
import { services } from '../src/services.ts';

/** How fast the log becomes every read model again, beside the tables that are read. Its ceiling is the bare read of the
 *  same log. */
export interface RebuildReport {
  events: number;
  /** Of the whole run: folded, compared, found the same. */
  seconds: number;
  events_per_second: number;
  /** Of the bare read's rate. */
  ratio: number;
  /** How often a policy acted: on history, never. */
  acts: number;
  ceiling_events_per_second: number;
  /** From an empty schema: until a platform that starts on this log has caught up, its relay and its hash chain beside. */
  empty_schema: { seconds: number; events_per_second: number };
  /** Of the run: until the log was folded. */
  folding_seconds: number;
  /** Rows that were not what the log says. */
  differing: number;
}

const tenant = 'bench';
const agents = 64;
const groupSize = 500;
/** One event in so many is none of an agent's. */
const factEvery = 100;
const toolset = digestOfJson([{ name: 'transfer' }]);

async function benchRebuild(events: number): Promise<RebuildReport> {
  const folder = await temporaryFolder('bench-rebuild');
  const postgres = await startEmbeddedPostgres({ folder: `${folder.path}/postgres` });
  const log = createLogger({ level: 'silent' });
  const config = infrastructureConfig.parse({ databaseUrl: postgres.url(), dataFolder: folder.path, drainDelayMs: 0 });
  const infrastructure = await connectInfrastructure(config, log);
  try {
    await fillLog(infrastructure.events, events);
    const read = await timed(() => readAll(infrastructure.events));
    let started = performance.now();
    const host = await hostServices({ services, infrastructure, listen: { host: '127.0.0.1', port: 0 }, log });
    try {
      const { secret } = await host.keys.create({ tenant, name: 'bench', scopes: ['platform:operate'] });
      const call = async (method: string, path: string) => {
        const response = await fetch(new URL(path, host.url), {
          method,
          headers: { authorization: `Bearer ${secret}` },
        });
        return response.text();
      };
      const caughtUp = async (name?: string) => {
        const { data } = JSON.parse(await call('GET', listProjections.path)) as {
          data: { name: string; caught_up: boolean }[];
        };
        return data.every((reader) => reader.caught_up || (name !== undefined && reader.name !== name));
      };
      await until('the read models have caught up', () => caughtUp('decisions'), 600_000);
      const empty = (performance.now() - started) / 1000;
      await until('everybody has caught up', () => caughtUp(), 600_000);
      started = performance.now();
      const { run_id } = JSON.parse(await call('POST', rebuilds.create.path)) as { run_id: string };
      const run = await until(
        'the rebuild ends',
        async () => {
          const view = rebuilds.get.response[200].parse(
            JSON.parse(await call('GET', rebuilds.get.path.replace('{run_id}', run_id))),
          );
          return view.finished_at !== null && view;
        },
        600_000,
      );
      const seconds = (performance.now() - started) / 1000;
      if (run.state !== 'succeeded') throw new Error(`the rebuild ${run.state}: ${run.error?.message}`);
      const metrics = await (await fetch(new URL('/metrics', host.url))).text();
      const acts = [...metrics.matchAll(/^retort_policy_acts_total\{.*\} (\d+)/gm)].reduce(
        (sum, [, n]) => sum + Number(n),
        0,
      );
      return {
        events,
        seconds: rounded(seconds),
        events_per_second: Math.round(events / seconds),
        ratio: rounded((events / seconds) * (read / events)),
        acts,
        ceiling_events_per_second: Math.round(events / read),
        empty_schema: { seconds: rounded(empty), events_per_second: Math.round(events / empty) },
        folding_seconds: rounded(await foldingSeconds(call, run_id)),
        differing: (run.tables ?? []).reduce((sum, { differing }) => sum + differing, 0),
      };
    } finally {
      await host.close();
    }
  } finally {
    await infrastructure.close();
    await postgres.stop();
    await folder.remove();
  }
}

/** From the beginning of the run until it compared. */
async function foldingSeconds(call: (method: string, path: string) => Promise<string>, runId: string): Promise<number> {
  const text = await call('GET', rebuilds.events.path.replace('{run_id}', runId));
  const steps = [...text.matchAll(/^data: (.*)$/gm)]
    .map(([, data]) => JSON.parse(data!) as { at?: string; step?: string })
    .filter(({ at }) => at !== undefined);
  const compared = steps.find(({ step }) => step!.startsWith('comparing'));
  return (Date.parse(compared!.at!) - Date.parse(steps[0]!.at!)) / 1000;
}

const rounded = (value: number) => Math.round(value * 1000) / 1000;

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

async function readAll(store: EventStore): Promise<void> {
  for await (const event of store.readAll()) if (event.json.length === 0) throw new Error('an event without data');
}

/** Decisions as agents make them, and among them every other fact in the shape that its golden file has. */
async function fillLog(store: EventStore, events: number): Promise<void> {
  const facts = await goldenFacts();
  for (let made = 0; made < events;) {
    const group = Array.from({ length: Math.min(groupSize, events - made) }, (_, index) => {
      const number = made + index;
      return number % factEvery === 0 ? fact(facts[(number / factEvery) % facts.length]!) : decision(number);
    });
    await store.appendGroup(
      group.map((event) => ({
        stream: streamName(event.aggregateType as 'agent', tenant, event.aggregateId),
        expected: 'any',
        events: [event],
      })),
    );
    made += group.length;
  }
}

interface Fact {
  type: EventType;
  version: number;
  json: string;
}

const golden = new URL('../../../packages/contracts/golden/', import.meta.url);

async function goldenFacts(): Promise<Fact[]> {
  const names = (await readdir(golden)).filter((name) => /^[a-z-]+\.v\d+\.json$/.test(name));
  const facts = names.map(async (name) => {
    const [, words, version] = /^([a-z-]+)\.v(\d+)/.exec(name)!;
    const type = words!.replaceAll('-', '_').toUpperCase();
    if (!isEventType(type)) throw new Error(`${name} is of no known type`);
    return { type, version: Number(version), json: await readFile(new URL(name, golden), 'utf8') };
  });
  // A tenant that is deleted has no use for its tables.
  const known = (await Promise.all(facts)).filter(
    ({ type }) => type !== 'TENANT_DELETED' && type !== 'AGENT_TOOL_SELECTED',
  );
  return known.map((one) => ({ ...one, json: JSON.stringify(JSON.parse(one.json)) }));
}

function fact({ type, version, json }: Fact): NewEvent {
  return envelope({ type, version, json, aggregateType: eventCatalog[type].aggregate, aggregateId: 'bench' });
}

/** About 1 KB. */
function decision(number: number): NewEvent {
  const agent = `agent-${number % agents}`;
  const json = JSON.stringify({
    id: `decision-${number}`,
    agent_id: agent,
    context: { query: 'x'.repeat(700) },
    toolset,
    tool_selected: 'transfer',
    tool_parameters: { account: 'AT611904300234573201', amount: number },
    decided_by: { kind: 'teacher' },
    outcome: { success: true, execution_time_ms: 182 },
  });
  const { version, aggregate } = eventCatalog.AGENT_TOOL_SELECTED;
  return envelope({ type: 'AGENT_TOOL_SELECTED', version, json, aggregateType: aggregate, aggregateId: agent });
}

function envelope(event: Pick<NewEvent, 'type' | 'version' | 'json' | 'aggregateType' | 'aggregateId'>): NewEvent {
  return {
    id: newId(),
    tenant,
    occurredAt: '2026-01-02T03:04:05.678Z',
    causationId: null,
    correlationId: newId(),
    ...event,
  };
}

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '500000' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const events = Number(values.events);
if (values.help || !Number.isInteger(events) || events < 1) {
  process.stderr.write('bench rebuild [--events N] [--json]\n');
  process.exit(values.help ? 0 : 2);
}
const report = await benchRebuild(events);
if (!values.json)
  for (const [name, value] of Object.entries(report)) process.stdout.write(`${name}: ${JSON.stringify(value)}\n`);
process.stdout.write(`${JSON.stringify(report)}\n`);
