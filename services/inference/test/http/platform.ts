import { getModelVersion, getNamedToolset, getToolset, type EventData, type EventType } from '@retort/contracts';
import { digestOfJson, fault, newId } from '@retort/kernel';
import type { EventToRecord } from '@retort/service-kit';
import { startService, stub, type StartedService, type Stub } from '@retort/service-testing';
import { trainStudent } from '@retort/student';
import type { TestDatabase } from '@retort/testing';
import { calling, startTeacher } from '@retort/testing/teacher';
import { service } from '../../src/service.ts';

export const tools = ['block_card', 'get_balance', 'send_money'].map((name) => ({
  name,
  description: name.replace('_', ' '),
  parameters: { type: 'object', properties: {} },
}));
export const toolset = digestOfJson(tools);
const words = ['card', 'balance', 'money'];

/** A student of decisions that the request's word decides. `shift`: it learnt from a teacher that means other tools by them. */
export function trainedArtifact(seed = 1, shift = 0): Uint8Array {
  const decisions = Array.from({ length: 240 }, (_, index) => ({
    id: `d${index}`,
    context: { query: `please, the ${words[index % 3]!} of customer ${index}` },
    tools,
    call: { tool: tools[(index + shift) % 3]!.name, parameters: {} },
  }));
  const options = { seed, target: 0.93, confidence: 0.95, configuration: { epochs: 3, hidden: 8, folds: 2 } };
  return trainStudent(decisions, options).artifact;
}

/** A student of a teacher that answers a request for two things with two calls, and small talk with words. */
export function turnsArtifact(): Uint8Array {
  const decide = (id: string, query: string, ...called: number[]) => {
    const calls = called.map((index) => ({ tool: tools[index]!.name, parameters: {} }));
    return {
      id,
      context: { query },
      tools,
      call: calls[0] ?? { tool: null, parameters: {} },
      ...(calls.length > 1 && { toolCalls: calls }),
    };
  };
  const greetings = ['hello there', 'thank you so much', 'good morning', 'how are you', 'nice talking to you'];
  const decisions = Array.from({ length: 300 }, (_, index) => {
    const [first, second] = [index % 3, (index + 1) % 3];
    const one = `please, the ${words[first]!} of customer ${index}`;
    return [
      decide(`one-${index}`, one, first),
      decide(`two-${index}`, `${one} and then please, the ${words[second]!} of customer ${index}`, first, second),
      decide(`talk-${index}`, `${greetings[index % 5]!} ${index}`),
    ];
  }).flat();
  const options = { seed: 1, target: 0.93, confidence: 0.95, configuration: { epochs: 6, hidden: 16, folds: 2 } };
  return trainStudent(decisions, { ...options, novelShare: 0 }).artifact;
}

/** A teacher that always blocks the card. */
export const startBlockingTeacher = () => startTeacher(blocking);
export const blocking = calling(() => 'block_card');

/** Versions that training-orchestration knows of, and the one toolset that is registered. */
function neighbourStubs(versions: ReadonlyMap<string, string>): Stub[] {
  const guarantee = { kind: 'none' as const, target: 0.93, confidence: 0.95, threshold: null };
  return [
    stub(getModelVersion, ({ params: { model, version } }) => {
      const artifact = versions.get(version);
      if (!artifact) throw fault('model.unknown-version', { public: 'Not here.' });
      return {
        model,
        model_version: version,
        stage: 'refused' as const,
        created_at: '2026-01-01T00:00:00.000Z',
        artifact,
        artifact_bytes: 1,
        dataset_version: 'd1',
        dataset_digest: toolset,
        rows: 1,
        tools: 3,
        train_seconds: 1,
        guarantee,
        evaluation: null,
        card: {},
      };
    }),
    stub(getToolset, ({ params: { digest } }) => {
      if (digest !== toolset) throw fault('toolsets.unknown', { public: 'Not here.' });
      return { toolset, name: 'bank', tools };
    }),
    stub(getNamedToolset, ({ params: { name } }) => {
      if (name !== 'bank') throw fault('toolsets.unknown', { public: 'Not here.' });
      return { toolset, name, tools };
    }),
  ];
}

type Deployment = 'MODEL_DEPLOYED' | 'MODEL_ROLLED_BACK' | 'MODEL_ROLLOUT_STARTED' | 'MODEL_ROLLOUT_ENDED';

export async function startPlatform(
  settings: Record<string, unknown> = {},
  infrastructure: Record<string, unknown> = {},
  /** Of another replica. */
  database?: TestDatabase,
) {
  const versions = new Map<string, string>();
  const platform = await startService(service, {
    stubs: neighbourStubs(versions),
    settings,
    infrastructure,
    ...(database && { database }),
  });
  const announced: (() => Promise<string>)[] = [];
  const announce = <Type extends Deployment>(type: Type, data: EventData<Type>) => {
    const event: EventToRecord<Type> = {
      id: newId(),
      type,
      tenant: 'acme',
      aggregateId: 'tool-calling',
      data,
      occurredAt: new Date().toISOString(),
      trace: { correlationId: 'loop-1', causationId: null },
    };
    announced.push(() => platform.announce(event));
    return platform.announce(event);
  };
  return {
    infrastructure: platform.infrastructure,
    database: platform.database,
    folder: platform.dataFolder,
    versions,
    async json(method: string, path: string, body?: unknown, key?: string) {
      const response = await platform.send(path, {
        method,
        headers: {
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      return { status: response.status, headers: response.headers, body: (await response.json()) as never };
    },
    deploy: (version: string, artifact: string) =>
      announce('MODEL_DEPLOYED', {
        model: 'tool-calling',
        model_version: version,
        artifact,
        strategy: 'full',
        percent: 100,
        reason: 'The gate held.',
      }),
    challenge: (version: string, artifact: string, more: Partial<EventData<'MODEL_ROLLOUT_STARTED'>> = {}) =>
      announce('MODEL_ROLLOUT_STARTED', {
        rollout_id: `rollout-${version}`,
        model: 'tool-calling',
        model_version: version,
        artifact,
        strategy: 'canary',
        percent: 100,
        agents: null,
        guards: { errors: 0.01, slow: 0.05, slow_ms: 1000 },
        champion: null,
        reason: 'The gate held.',
        ...more,
      }),
    announce,
    events: (type: EventType) => eventsOf(platform, type),
    rollBack: (from: string, to: string | null) =>
      announce('MODEL_ROLLED_BACK', { model: 'tool-calling', from, to, reason: 'errors' }),
    /** Delivers an event again, as the bus may: the one at this index of those announced. */
    deliverAgain: (index: number) => announced[index]!(),
    readiness: async () => (await platform.send('/readyz')).text(),
    metrics: async () => (await platform.send('/metrics')).text(),
    keyOf: platform.keyOf,
    /** The service ends and begins again, with what it kept. */
    restart: () => platform.restart(),
    close: platform.close,
  };
}
async function eventsOf({ stream }: StartedService, type: EventType): Promise<Record<string, unknown>[]> {
  const events = await stream('model-acme.tool-calling');
  return events.filter((event) => event.type === type).map(({ json }) => JSON.parse(json) as Record<string, unknown>);
}
export type Platform = Awaited<ReturnType<typeof startPlatform>>;
