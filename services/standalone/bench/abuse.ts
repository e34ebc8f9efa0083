import { Agent, request as send } from 'node:http';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import {
  addPromptVersion,
  createTenant,
  createTenantApiKey,
  recordDecision,
  urlOf,
  type Scope,
} from '@retort/contracts';
import { seededRandom } from '@retort/kernel';
import { startEmbeddedPostgres } from '@retort/postgres';
import { temporaryFolder } from '@retort/testing';
import { startPlatformProcess, type PlatformProcess } from '../test/chaos/platform-process.ts';
import { abusiveRequests, type AbusiveRequest, type ApiDocument } from './abuse/requests.ts';

/** Two tenants send what should break the platform: how long the worst accepted request of each route took, what was
 *  answered with 5xx, whether the process ended, and whether one tenant was ever shown what is the other's. */
const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const wanted = Number(values.requests);
const lanes = 4;
const secret = 'secret-of-alpha-0b5e1c41';
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

interface Answer {
  status: number;
  body: string;
  milliseconds: number;
}

function ask(
  url: string,
  key: string,
  { method, path, headers, body }: Omit<AbusiveRequest, 'route'>,
): Promise<Answer> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const outgoing = send(
      new URL(url),
      { agent, method, path, headers: { ...headers, authorization: `Bearer ${key}` } },
      (incoming) => {
        text(incoming).then(
          (answered) =>
            resolve({ status: incoming.statusCode!, body: answered, milliseconds: performance.now() - startedAt }),
          reject,
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

async function post(
  platform: PlatformProcess,
  key: string,
  path: string,
  value: object,
): Promise<Record<string, unknown>> {
  const headers = { 'content-type': 'application/json' };
  const { status, body } = await ask(platform.url, key, { method: 'POST', path, headers, body: JSON.stringify(value) });
  if (status >= 300) throw new Error(`POST ${path}: ${status} ${body}`);
  return JSON.parse(body) as Record<string, unknown>;
}

const scopes: readonly Scope[] = [
  'decisions:write',
  'decisions:read',
  'products:read',
  'prompts:read',
  'prompts:write',
  'models:read',
  'predictions:read',
  'evaluations:run',
  'training:run',
  'curation:run',
];

async function tenantKey(platform: PlatformProcess, tenant: string): Promise<string> {
  await post(platform, platform.apiKey, createTenant.path, { id: tenant });
  const input = { name: 'abuse', scopes };
  return String(
    (await post(platform, platform.apiKey, urlOf(createTenantApiKey, { params: { tenant } }), input))['secret'],
  );
}

async function run(platform: PlatformProcess) {
  const { body } = await ask(platform.url, platform.apiKey, { method: 'GET', path: '/openapi.json', headers: {} });
  const document = JSON.parse(body) as ApiDocument;
  const [alpha, beta] = [await tenantKey(platform, 'alpha'), await tenantKey(platform, 'beta')];
  for (let index = 0; index < 20; index++)
    await post(platform, alpha, recordDecision.path, {
      ...{ id: `alpha-${index}`, agent_id: 'alpha-agent', context: { note: secret } },
      ...{ tools_available: [{ name: 'alpha_tool', description: secret }], tool_selected: 'alpha_tool' },
    });
  const prompt = urlOf(addPromptVersion, { params: { name: 'alpha-prompt' } });
  await post(platform, alpha, prompt, { instruction: secret, demonstrations: [] });
  const known = [
    'alpha-0',
    'alpha-7',
    'alpha-agent',
    'alpha-prompt',
    'alpha',
    '1',
    'tool-calling',
    'agent_decision_history',
  ];

  const worst = new Map<string, number>();
  const statuses = new Map<number, number>();
  const failures = new Map<string, number>();
  let [sent, leaks, broken] = [0, 0, 0];
  const lane = async (number: number) => {
    const next = abusiveRequests({ document, known, random: seededRandom(Number(values.seed)).fork(`lane ${number}`) });
    const [key, stranger] = number % 2 === 0 ? [alpha, false] : [beta, true];
    while (sent < wanted && platform.alive()) {
      sent++;
      const request = next();
      try {
        const { status, body: answered, milliseconds } = await ask(platform.url, key, request);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status < 400) worst.set(request.route, Math.max(worst.get(request.route) ?? 0, milliseconds));
        if (status >= 500 && status !== 503) failures.set(request.route, (failures.get(request.route) ?? 0) + 1);
        if (stranger && answered.includes(secret)) leaks++;
      } catch {
        // An answer that did not come is counted; whether the process ended is seen below.
        broken++;
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
  const slowest = [...worst].sort(([, left], [, right]) => right - left);
  return {
    requests: sent,
    tenants: 2,
    crashes: platform.alive() ? 0 : 1,
    cross_tenant_reads: leaks,
    broken_connections: broken,
    status_5xx: [...failures.values()].reduce((sum, count) => sum + count, 0),
    status_503: statuses.get(503) ?? 0,
    routes_with_5xx: Object.fromEntries(failures),
    statuses: Object.fromEntries([...statuses].sort(([left], [right]) => left - right)),
    lanes,
    worst_accepted_ms: Object.fromEntries(slowest.map(([route, took]) => [route, Math.round(took * 10) / 10])),
  };
}

const folder = await temporaryFolder('abuse');
const postgres = await startEmbeddedPostgres({ folder: `${folder.path}/postgres`, ephemeral: true });
const platform = await startPlatformProcess(
  {
    RETORT_DATABASE_URL: postgres.url(),
    RETORT_DATA_FOLDER: `${folder.path}/data`,
    RETORT_LOG_LEVEL: 'error',
  },
  2,
);
try {
  const report = await run(platform);
  if (!values.json)
    for (const [name, value] of Object.entries(report)) process.stdout.write(`${name}: ${JSON.stringify(value)}\n`);
  process.stdout.write(`${JSON.stringify(report)}\n`);
  if (report.crashes + report.status_5xx + report.cross_tenant_reads > 0) process.exitCode = 1;
} finally {
  agent.destroy();
  await platform.stop();
  await postgres.stop();
  await folder.remove();
}
