import { Agent, type Dispatcher } from 'undici';
import type { CallUpstream, UpstreamFailure } from '../app/ports.ts';

export interface UpstreamConnections {
  call: CallUpstream;
  close(): Promise<void>;
}

/** Calls providers over kept-alive connections, and hands on the bytes of what they answer. */
export function upstreamConnections(limits: { timeoutMs: number; connectTimeoutMs: number }): UpstreamConnections {
  const agent = new Agent({ keepAliveTimeout: 30_000, connect: { timeout: limits.connectTimeoutMs } });
  return {
    async call({ baseUrl, apiKey }, { method, path, headers, body, signal }) {
      const target = addressOf(baseUrl);
      try {
        const answer = await agent.request({
          origin: target.origin,
          path: target.path + path,
          method,
          headers: apiKey === undefined ? headers : { ...headers, authorization: `Bearer ${apiKey}` },
          body,
          headersTimeout: limits.timeoutMs,
          bodyTimeout: limits.timeoutMs,
          signal,
        });
        return { status: answer.statusCode, headers: handedOn(answer.headers), body: readable(answer.body, signal) };
      } catch (error) {
        throw failureOf(error, signal);
      }
    },
    close: () => agent.close(),
  };
}

const addresses = new Map<string, { origin: string; path: string }>();
function addressOf(baseUrl: string): { origin: string; path: string } {
  const known = addresses.get(baseUrl);
  if (known) return known;
  const { origin, pathname } = new URL(baseUrl);
  const address = { origin, path: pathname.replace(/\/$/, '') };
  addresses.set(baseUrl, address);
  return address;
}

async function* readable(body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncIterable<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw failureOf(error, signal);
  }
}

/** They are of the connection, not of the answer (RFC 9110, 7.6.1); lengths are written anew. */
const ofTheConnection = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
]);

function handedOn(headers: Dispatcher.ResponseData['headers']): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && !ofTheConnection.has(name)) kept[name] = value;
  return kept;
}

const unreachable = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** The client's messages may quote what was sent: only the code is kept. */
function failureOf(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  const code = String((error as { code?: unknown }).code ?? 'unknown');
  const failure = unreachable.has(code) ? 'unreachable' : code.endsWith('_TIMEOUT') ? 'timeout' : 'broken';
  const made: UpstreamFailure = Object.assign(new Error(`the upstream failed (${code})`), { failure } as const);
  return made;
}
