import { setImmediate } from 'node:timers/promises';
import { registerToolset, streamName, toolsetRegistered, upcast } from '@retort/contracts';
import { appendOnce, type EventStore } from '@retort/event-store';
import { boundedCache, fault, isFault, type Clock, type Digest, type FaultPointer } from '@retort/kernel';
import { envelope, type Trace } from '@retort/service-kit';
import { toolSchemas } from '@retort/tool-schema';
import { toolsetEventId } from '../domain/identity.ts';
import { parseTools, toolset, type Toolset } from '../domain/toolset.ts';

/** What a tenant calls its toolsets. */
export interface ToolsetNames {
  find(tenant: string, name: string): Promise<Digest | null>;
  /** Gives the name to the digest unless it has one; returns the digest that holds it. */
  claim(tenant: string, name: string, digest: Digest): Promise<Digest>;
}

export interface Toolsets {
  /** By digest or by name; at once when it is known here already.
   *  @throws `decisions.toolset-unknown` (422) */
  find(tenant: string, reference: string): Toolset | Promise<Toolset>;
  /** The toolset of tools that came with a decision, registered when they are new. */
  intern(tenant: string, tools: readonly unknown[], trace: Trace): Toolset | Promise<Toolset>;
  /** Registers tools, and a name for them if one is given. Registering twice is registering once.
   *  @throws `toolsets.invalid` (400), `toolsets.invalid-schema` (422), `toolsets.name-taken` (409) */
  register(tenant: string, request: Registration): Promise<Registered>;
}

export interface Registered {
  toolset: Toolset;
  created: boolean;
}

export interface Registration {
  tools: unknown;
  name?: string | undefined;
  trace: Trace;
  /** JSON pointer to the tools in the body that brought them. */
  at: string;
}

export interface ToolsetsPorts {
  store: Pick<EventStore, 'append' | 'appendGroup' | 'readStream' | 'uniqueEventIds'>;
  names: ToolsetNames;
  clock: Clock;
  /** Characters of tool definitions that are kept. */
  cacheCharacters: number;
  /** Told of keywords that go unchecked in a toolset that is new. */
  onUnchecked(keywords: number): void;
}

const digestForm = /^sha256:[0-9a-f]{64}$/;

/** The log is where toolsets live (stream `toolset-<tenant>.<hex>`); here they are kept compiled. */
export function toolsets({ store, names, clock, cacheCharacters, onUnchecked }: ToolsetsPorts): Toolsets {
  const byDigest = boundedCache<Toolset>(cacheCharacters);
  const byName = boundedCache<Digest>(10_000);
  const schemas = toolSchemas();
  const byText = boundedCache<Toolset>(cacheCharacters);

  function remember(tenant: string, known: Toolset): Toolset {
    byDigest.set(`${tenant}/${known.digest}`, known, JSON.stringify(known.tools).length);
    return known;
  }

  async function load(tenant: string, digest: string): Promise<Toolset> {
    for await (const event of store.readStream(streamName('toolset', tenant, hexOf(digest)), { limit: 1 })) {
      const { tools, unchecked = [] } = upcast('TOOLSET_REGISTERED', event.version, JSON.parse(event.json));
      return remember(tenant, toolset(tools, { schemas, unchecked }));
    }
    throw unknownToolset();
  }

  async function findByName(tenant: string, name: string): Promise<Toolset> {
    const digest = byName.get(`${tenant}/${name}`) ?? (await names.find(tenant, name));
    if (digest === null) throw unknownToolset();
    byName.set(`${tenant}/${name}`, digest);
    return byDigest.get(`${tenant}/${digest}`) ?? load(tenant, digest);
  }

  async function append(tenant: string, { digest, tools, unchecked }: Toolset, { name, trace }: Registration) {
    const aggregateId = hexOf(digest);
    const { status } = await appendOnce(store, {
      stream: streamName('toolset', tenant, aggregateId),
      event: envelope({
        id: toolsetEventId(tenant, digest, name ?? null),
        type: 'TOOLSET_REGISTERED',
        tenant,
        aggregateId,
        occurredAt: clock().toISOString(),
        trace,
        json: JSON.stringify(
          toolsetRegistered.parse({ toolset: digest, tools, name, ...(unchecked.length > 0 && { unchecked }) }),
        ),
      }),
    });
    return status === 'appended';
  }

  async function register(tenant: string, registration: Registration) {
    const tools = parseTools(registration.tools, registration.at);
    const offered = toolset(tools, { schemas, at: registration.at });
    const compiled = { ...offered, unchecked: await compileAll(tenant, offered, registration.at) };
    if (registration.name !== undefined) await claim(tenant, registration.name, compiled.digest);
    const created = await append(tenant, compiled, registration);
    if (created) onUnchecked(compiled.unchecked.length);
    return { toolset: remember(tenant, compiled), created };
  }

  async function compileAll(tenant: string, { digest, tools, compile }: Toolset, at: string): Promise<FaultPointer[]> {
    const unchecked: FaultPointer[] = [];
    try {
      for (const index of tools.keys()) {
        unchecked.push(...compile(index));
        // A compilation takes milliseconds: other requests go in between.
        await setImmediate();
      }
    } catch (error) {
      if (!isFault(error, 'toolsets.invalid-schema') || !(await isStored(tenant, digest))) throw error;
      // An earlier release accepted it: decisions of agents that use it are recorded as before.
      for (const { pointer, message } of error.detail.errors ?? [])
        unchecked.push({ pointer: `/tools${pointer.slice(at.length)}`, message });
    }
    return unchecked;
  }

  async function isStored(tenant: string, digest: Digest): Promise<boolean> {
    for await (const _ of store.readStream(streamName('toolset', tenant, hexOf(digest)), { limit: 1 })) return true;
    return false;
  }

  async function claim(tenant: string, name: string, digest: Digest): Promise<void> {
    if (digestForm.test(name)) throw nameTaken('A name must not look like a digest.');
    const holder = await names.claim(tenant, name, digest);
    if (holder !== digest) throw nameTaken('This name stands for other tools; what a name means never changes.');
  }

  return {
    register,
    find(tenant, reference) {
      const known = byDigest.get(`${tenant}/${reference}`);
      if (known) return known;
      if (digestForm.test(reference)) return load(tenant, reference);
      const named = byName.get(`${tenant}/${reference}`);
      return (named && byDigest.get(`${tenant}/${named}`)) ?? findByName(tenant, reference);
    },
    intern(tenant, tools, trace) {
      // The same tools come with one decision after another, written the same way.
      const text = JSON.stringify(tools);
      const known = byText.get(`${tenant}/${text}`);
      if (known) return known;
      return register(tenant, { tools, trace, at: '/tools_available' }).then(({ toolset }) => {
        byText.set(`${tenant}/${text}`, toolset, text.length);
        return toolset;
      });
    },
  };
}

const hexOf = (digest: string) => digest.slice('sha256:'.length);

function unknownToolset() {
  return fault('decisions.toolset-unknown', {
    public: `There is no toolset of this digest or name. Register it (POST ${registerToolset.path}) or send tools_available.`,
    errors: [{ pointer: '/toolset', message: 'no such toolset' }],
  });
}

function nameTaken(message: string) {
  return fault('toolsets.name-taken', {
    public: message,
    errors: [{ pointer: '/name', message }],
  });
}
