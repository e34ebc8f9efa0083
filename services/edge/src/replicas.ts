import { fault, type Fault } from '@retort/kernel';
import type { Readable } from 'node:stream';
import { Agent, type Dispatcher } from 'undici';

export interface Asked {
  method: Dispatcher.HttpMethod;
  /** Path and query, as they came. */
  path: string;
  headers: Record<string, string | string[]>;
  body: AsyncIterable<Uint8Array> | null;
  signal: AbortSignal;
}

/** The replicas of one service. */
export interface Replicas {
  /** @throws `http.unreachable` when none takes a connection, `http.timeout`, `http.upstream-error` */
  ask(request: Asked): Promise<Dispatcher.ResponseData>;
  /** Throws when none says that it is ready. */
  ready(): Promise<void>;
}

export interface Connections {
  replicasOf(service: string, addresses: readonly string[]): Replicas;
  close(): Promise<void>;
}

interface Limits {
  connectTimeoutMs: number;
  answerTimeoutMs: number;
  connectionLifetimeMs: number;
}

const readyWithinMs = 2_000;

/** Kept-alive connections to every replica of every service. */
export function connections({ connectTimeoutMs, answerTimeoutMs, connectionLifetimeMs }: Limits): Connections {
  const agent = new Agent({
    connect: { timeout: connectTimeoutMs },
    keepAliveTimeout: 30_000,
    clientTtl: connectionLifetimeMs,
    headersTimeout: answerTimeoutMs,
    bodyTimeout: answerTimeoutMs,
  });
  return {
    replicasOf(service, addresses) {
      let turn = 0;
      return {
        async ask(request) {
          const first = turn++;
          let failure: unknown;
          for (let attempt = 0; attempt < addresses.length; attempt++)
            try {
              return await agent.request({
                ...request,
                // The client takes any iterable, and unlike a stream does not destroy one that it has not begun to read.
                body: request.body as Readable | null,
                origin: addresses[(first + attempt) % addresses.length]!,
              });
            } catch (error) {
              // Nothing of the request was sent: the next replica may have it.
              if (!isUnconnected(error)) throw faultOf(error, service);
              failure = error;
            }
          throw faultOf(failure, service);
        },
        async ready() {
          await Promise.any(addresses.map(answersReady));
        },
      };
    },
    close: () => agent.close(),
  };

  async function answersReady(origin: string): Promise<void> {
    const signal = AbortSignal.timeout(readyWithinMs);
    const { statusCode, body } = await agent.request({ origin, path: '/readyz', method: 'GET', signal });
    await body.dump();
    if (statusCode !== 200) throw new Error(`${origin} is not ready`);
  }
}

const unconnected = /^(UND_ERR_CONNECT_TIMEOUT|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/;

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function isUnconnected(error: unknown): boolean {
  return unconnected.test(codeOf(error));
}

function faultOf(error: unknown, service: string): Fault {
  const internal = { service, code: codeOf(error) };
  if (isUnconnected(error))
    return fault('http.unreachable', {
      retryAfter: 1,
      public: `The service ${service} cannot be reached now.`,
      internal,
      cause: error,
    });
  if (internal.code.endsWith('_TIMEOUT'))
    return fault('http.timeout', { public: `The service ${service} did not answer in time.`, internal, cause: error });
  return fault('http.upstream-error', {
    public: `The connection to the service ${service} broke before it answered.`,
    internal,
    cause: error,
  });
}
