import type { DecisionInput, PredictionView, ToolDefinition } from '@retort/contracts';
import type { JsonObject } from '@retort/kernel';
import type { Trace } from '@retort/service-kit';
import type { Upstream } from '../domain/upstreams.ts';

/** Who asks, and on whose behalf. */
export interface Author {
  tenant: string;
  trace: Trace;
}

/** What the student says; it never asks a teacher itself. */
export type AskStudent = (
  author: Author,
  turn: {
    agent: string;
    session: string | undefined;
    context: JsonObject;
    tools: ToolDefinition[];
    isCounted: boolean;
  },
) => Promise<PredictionView>;

export interface UpstreamCall {
  method: 'GET' | 'POST';
  /** Below the upstream's base URL. */
  path: string;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array | null;
  signal: AbortSignal;
}
export interface UpstreamAnswer {
  status: number;
  headers: Readonly<Record<string, string | string[]>>;
  /** Left before its end, it breaks the call off. */
  body: AsyncIterable<Uint8Array>;
}
/** One HTTP call.
 *  @throws UpstreamFailure */
export type CallUpstream = (upstream: Upstream, call: UpstreamCall) => Promise<UpstreamAnswer>;

/** Why there is no answer. `unreachable`: the call did not arrive. */
export interface UpstreamFailure extends Error {
  failure: 'unreachable' | 'timeout' | 'broken';
}
export const isUpstreamFailure = (error: unknown): error is UpstreamFailure =>
  error instanceof Error && 'failure' in error;

/** Makes decisions durable; the same again changes nothing. Gives how many were refused for good, and of how many only
 *  arguments were, so that they are there without.
 *  @throws what may be over when they are sent again */
export type StoreDecisions = (
  author: Author,
  decisions: DecisionInput[],
) => Promise<{ rejected: number; inPart: number }>;
