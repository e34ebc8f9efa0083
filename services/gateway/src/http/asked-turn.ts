import { exceededJsonBudget, fault, ownMember } from '@retort/kernel';
import type { Requested } from '@retort/service-kit';
import type { createChatCompletion } from '@retort/contracts';
import type { IncomingHttpHeaders } from 'node:http';
import type { AskedTurn, Mode } from '../app/asked-turn.ts';
import type { Body } from '../app/drop-in.ts';
import { sessionOf } from '@retort/conversation';
import type { Config } from '../config.ts';

/** What both APIs are given. */
export type Asking = Pick<Requested<typeof createChatCompletion>, 'request' | 'reply' | 'caller' | 'trace' | 'body'>;

type Settings = Pick<Config, 'mode' | 'defaultAgent' | 'agentsByKey'>;

/** @throws `gateway.invalid-header` (400) */
export function askedTurn(
  { request, caller, trace, body: raw }: Asking,
  settings: Settings,
  signal: AskedTurn['signal'],
): AskedTurn {
  const { headers } = request;
  const body = jsonObjectIn(raw);
  return {
    author: { tenant: caller.tenant, trace },
    keyId: caller.keyId,
    agent:
      headerOf(headers, 'x-retort-agent', agentId) ??
      ownMember(settings.agentsByKey, caller.keyId) ??
      settings.defaultAgent,
    session: headerOf(headers, 'x-retort-session', /^.{1,256}$/) ?? (body ? sessionOf(body) : undefined),
    mode:
      (headerOf(headers, 'x-retort-mode', /^(student-first|teacher-only|shadow)$/) as Mode | undefined) ??
      settings.mode,
    prompt: promptIn(headers),
    headers: upstreamHeaders(headers),
    raw,
    body,
    isRecorded: caller.scopes.includes('decisions:write'),
    signal,
  };
}

/** `name@label`, or `name` for what is in production. */
function promptIn(headers: IncomingHttpHeaders): AskedTurn['prompt'] {
  const [name, label = 'production'] = headerOf(headers, 'x-retort-prompt', promptForm)?.split('@') ?? [];
  return name === undefined ? undefined : { name, label };
}

const promptForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}(@[A-Za-z0-9][A-Za-z0-9._-]{0,127})?$/;
const agentId = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

function headerOf(headers: IncomingHttpHeaders, name: string, form: RegExp): string | undefined {
  const value = headers[name];
  if (value === undefined || (typeof value === 'string' && form.test(value))) return value;
  throw fault('gateway.invalid-header', { public: `${name} does not have the form ${form.source}.` });
}

/** What is read of a request at most: parsing takes the time of everybody, about 20 ms for so many values. */
const budget = { levels: 128, values: 50_000 };

/** null for what is none, or goes beyond the budget: the upstream says what is wrong with it. */
export function jsonObjectIn(raw: Uint8Array): Body | null {
  const text = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('utf8');
  if (exceededJsonBudget(text, budget) !== null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Body) : null;
  } catch {
    return null;
  }
}

/** They are of the connection to us, or for us. */
const ours = new Set([
  'host',
  'connection',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
  'transfer-encoding',
  'content-length',
  'expect',
  'x-api-key',
]);

/** What the caller says to the upstream. Its Authorization, unless it is a key of ours. */
export function upstreamHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const told: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || ours.has(name) || name.startsWith('x-retort-')) continue;
    if (name === 'authorization' && /^bearer +rt_/i.test(String(value))) continue;
    told[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return told;
}
