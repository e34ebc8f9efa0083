import {
  countDecisions,
  listDecisions,
  lookUpDecisions,
  predict,
  predictBatch,
  recordDecision,
  recordDecisions,
  recordEvents,
  registerToolset,
  reportOutcome,
  urlOf,
  addPromptVersion,
} from '@retort/contracts';
import type { PlatformProcess } from '../../test/chaos/platform-process.ts';
import { ask } from './client.ts';
import type { AbusiveRequest, ApiDocument } from './requests.ts';

let made = 0;
const mebibyte = 1_048_576;
const json = 'application/json';
const lines = 'application/x-ndjson';

/** JSON of about so many bytes that takes long to parse, to walk or to write. */
const fillings: readonly ((bytes: number) => string)[] = [
  (bytes) => `[${'[],'.repeat(bytes / 3)}0]`,
  (bytes) => `[${'{"a":0},'.repeat(bytes / 8)}0]`,
  (bytes) => `{${numbers(bytes / 12, (index) => `"${String(index).padStart(7, 'k')}":0`)}}`,
  (bytes) => `[${'-1.5e-7,'.repeat(bytes / 8)}0]`,
  (bytes) => JSON.stringify('\u00e4"'.repeat(bytes / 4)),
  (bytes) => `"${'\\u0061'.repeat(bytes / 6)}"`,
  (bytes) => `"${'4111 1111 1111 1111 a@b.c '.repeat(bytes / 26)}"`,
];
const numbers = (count: number, textOf: (index: number) => string) =>
  Array.from({ length: Math.floor(count) }, (_, index) => textOf(index)).join(',');

const tools = '"tools_available":[{"name":"act","parameters":{}}]';
const decision = (filling: string, places: 'context' | 'tool_parameters') =>
  `{"agent_id":"abuse",${tools},"tool_selected":"act","context":${places === 'context' ? `{"a":${filling}}` : '{}'}` +
  `${places === 'context' ? '' : `,"tool_parameters":{"a":${filling}}`}}`;
const prediction = (filling: string) => `{"context":{"query":"act","a":${filling}},${tools},"fallback":"none"}`;
const cloudEvent = (data: string, index: number) =>
  `{"specversion":"1.0","id":"heavy-${index}","source":"/abuse","type":"AGENT_TOOL_SELECTED","data":${data}}`;
const repeated = (count: number, text: (index: number) => string, between: string) =>
  Array.from({ length: count }, (_, index) => text(index)).join(between);

/** The largest bodies that are taken, and larger ones, filled with what costs the most. */
export function heaviestBodies(): (() => AbusiveRequest)[] {
  const post = (path: string, body: string, type = json): AbusiveRequest => ({
    route: `POST ${path}`,
    method: 'POST',
    path,
    headers: { 'content-type': type },
    body,
  });
  const of = (endpoint: { path: string }, path: string, body: string, type = json) => ({
    ...post(path, body, type),
    route: `POST ${endpoint.path}`,
  });
  const whole = mebibyte - 4_096;
  return fillings.flatMap((fill) => {
    const large = () => fill(whole);
    const small = () => fill(15_000);
    return [
      () => post(recordDecision.path, decision(large(), 'context')),
      () => post(recordDecision.path, decision(large(), 'tool_parameters')),
      () =>
        post(
          recordDecisions.path,
          repeated(15, () => decision(large(), 'context'), '\n'),
          lines,
        ),
      () =>
        post(
          recordDecisions.path,
          repeated(1_000, () => decision(small(), 'context'), '\n'),
          lines,
        ),
      () => post(recordDecisions.path, decision(fill(15.9 * mebibyte), 'context'), lines),
      () => post(recordDecisions.path, `[${repeated(240, () => decision(small(), 'context'), ',')}]`),
      () => post(recordDecisions.path, `[${repeated(60, () => decision(small(), 'context'), ',')}]`),
      () => post(recordDecisions.path, `[${decision(fill(3.9 * mebibyte), 'context')}]`),
      () => post(recordDecisions.path, `[${decision(fill(0.9 * mebibyte), 'context')}]`),
      () => post(recordEvents.path, cloudEvent(decision(large(), 'context'), 0), 'application/cloudevents+json'),
      () => post(recordEvents.path, decision(fill(3.9 * mebibyte), 'context')),
      () =>
        post(
          recordEvents.path,
          `[${repeated(240, (index) => cloudEvent(decision(small(), 'context'), index), ',')}]`,
          'application/cloudevents-batch+json',
        ),
      () =>
        post(
          recordEvents.path,
          `[${repeated(60, (index) => cloudEvent(decision(small(), 'context'), index), ',')}]`,
          'application/cloudevents-batch+json',
        ),
      () =>
        of(reportOutcome, urlOf(reportOutcome, { params: { id: 'heavy-0' } }), `{"success":true,"result":${large()}}`),
      () => post(predict.path, prediction(large())),
      () => post(predictBatch.path, `{"predictions":[${repeated(200, () => prediction(small()), ',')}]}`),
      () => post(predictBatch.path, `{"predictions":[${repeated(50, () => prediction(small()), ',')}]}`),
      () =>
        post(registerToolset.path, `{"tools":[{"name":"act","parameters":{"$comment":"${made++}","a":${large()}}}]}`),
      () =>
        post(
          registerToolset.path,
          `{"tools":[{"name":"act","parameters":{"$comment":"${made++}","default":${fill(250_000)}}}]}`,
        ),
      () =>
        post(
          registerToolset.path,
          `{"tools":[{"name":"act","parameters":{"$comment":"${made++}","default":${fill(60_000)}}}]}`,
        ),
      () =>
        post(
          registerToolset.path,
          `{"tools":[${repeated(1_000, (index) => `{"name":"act-${index}","parameters":{"$comment":"${made++}","default":${fill(900)}}}`, ',')}]}`,
        ),
      () =>
        of(
          addPromptVersion,
          urlOf(addPromptVersion, { params: { name: 'alpha-prompt' } }),
          `{"instruction":"a","demonstrations":[{"context":{"a":${large()}},"tool_selected":"act","tool_parameters":{}}]}`,
        ),
    ];
  });
}

const heavyRows = 1_000;

/** Rows that are as large as they can be, for pages of them. */
export async function recordHeavyRows({ url }: PlatformProcess, key: string): Promise<void> {
  const send = async (body: string, type: string, path: string) => {
    const { status, body: answered } = await ask(url, key, {
      method: 'POST',
      path,
      headers: { 'content-type': type },
      body,
    });
    if (status >= 300) throw new Error(`POST ${path}: ${status} ${answered.slice(0, 300)}`);
  };
  const toolset = (index: number) =>
    `{"name":"heavy-${index}","tools":[${repeated(60, (tool) => `{"name":"act-${tool}-${index}","description":"${'d'.repeat(14_000)}"}`, ',')}]}`;
  for (let index = 0; index < 20; index++) await send(toolset(index), json, registerToolset.path);
  const row = (index: number) =>
    `{"id":"heavy-${index}","agent_id":"heavy","toolset":"heavy-${index % 20}","tool_selected":"act-1-${index % 20}",` +
    `"context":{"a":${fillings[index % 4]!(index % 100 === 0 ? 900_000 : 12_000)}}}`;
  for (let from = 0; from < heavyRows; from += 250)
    await send(
      repeated(250, (index) => row(from + index), '\n'),
      lines,
      recordDecisions.path,
    );
  const counted = async () =>
    (
      JSON.parse((await ask(url, key, { method: 'GET', path: countDecisions.path, headers: {} })).body) as {
        decisions: number;
      }
    ).decisions;
  while ((await counted()) < heavyRows) await new Promise((resolve) => setTimeout(resolve, 100));
}

/** Every list of the platform by its largest page, and what names many rows. */
export function heaviestPages(document: ApiDocument): AbusiveRequest[] {
  const names: Record<string, string> = { name: 'agent_decision_history', id: 'heavy-0', agent: 'data-curator' };
  const lists = Object.entries(document.paths).flatMap(([path, { get }]) =>
    get?.parameters?.some(({ name }) => name === 'limit')
      ? [`${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => names[name] ?? 'heavy-0')}?limit=1000`].map((asked) => ({
          route: `GET ${path}`,
          method: 'GET',
          headers: {},
          path: asked,
        }))
      : [],
  );
  const get = (path: string, query: string) => ({
    route: `GET ${path}`,
    method: 'GET',
    headers: {},
    path: path + query,
  });
  const ids = Array.from({ length: heavyRows }, (_, index) => `heavy-${index}`);
  const lookUp = (form: string): AbusiveRequest => ({
    route: `POST ${lookUpDecisions.path}`,
    method: 'POST',
    path: lookUpDecisions.path,
    headers: { 'content-type': json },
    body: JSON.stringify({ ids, toolsets: form }),
  });
  return [
    ...lists,
    get(listDecisions.path, '?limit=1000&toolsets=expand'),
    get(listDecisions.path, '?limit=1000&toolsets=reference&sort=log'),
    lookUp('expand'),
    lookUp('reference'),
  ];
}
