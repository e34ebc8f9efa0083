import type { PlatformProcess } from '../../test/chaos/platform-process.ts';
import { ask } from './client.ts';
import { startProbe, type Probe } from './probe.ts';
import type { AbusiveRequest } from './requests.ts';

/** The slowest accepted requests of each route, as they were met. */
export interface Slowest {
  note(request: AbusiveRequest, milliseconds: number): void;
  requests(): AbusiveRequest[];
}

const keptOfRoute = 3;

export function slowest(): Slowest {
  const byRoute = new Map<string, { request: AbusiveRequest; milliseconds: number }[]>();
  return {
    note(request, milliseconds) {
      const kept = byRoute.get(request.route) ?? [];
      if (kept.length === keptOfRoute && kept.at(-1)!.milliseconds >= milliseconds) return;
      const next = [...kept, { request, milliseconds }].sort((left, right) => right.milliseconds - left.milliseconds);
      byRoute.set(request.route, next.slice(0, keptOfRoute));
    },
    requests: () => [...byRoute.values()].flatMap((kept) => kept.map(({ request }) => request)),
  };
}

/** What a request may take of everybody's time, in ms. */
const limitMs = 50;

export interface AloneReport {
  limit_ms: number;
  /** Whether no request held up others for longer. */
  within: boolean;
  /** The requests that did. */
  beyond: { request: string; blocked_ms: number; own_ms: number }[];
  /** Route → the longest that others waited (median of several times) for its worst request, accepted or not, in ms. */
  blocked_ms: Record<string, number>;
  /** Route → how long its slowest accepted request took itself (median of several times), waiting for the disk included. */
  worst_accepted_ms: Record<string, number>;
  /** The longest of `blocked_ms`, and during which route. */
  livez_ms: number;
  livez_during: string;
}

const repetitions = 5;

/** A request, made anew for each repetition: what was seen before may be known. */
type Trial = () => AbusiveRequest;

/** Sends each request several times while nothing else is asked, but for `/livez`, by a process of its own. */
export async function alone(platform: PlatformProcess, key: string, trials: readonly Trial[]): Promise<AloneReport> {
  const took = new Map<string, number>();
  const blocked = new Map<string, number>();
  const beyond: AloneReport['beyond'] = [];
  const probe = await startProbe(platform.url);
  try {
    for (const trial of trials) {
      const { route, described, accepted, ownMs, blockedMs } = await tried(trial, { platform, key, probe });
      if (accepted) took.set(route, Math.max(took.get(route) ?? 0, ownMs));
      blocked.set(route, Math.max(blocked.get(route) ?? 0, blockedMs));
      if (blockedMs > limitMs)
        beyond.push({ request: described, blocked_ms: rounded(blockedMs), own_ms: rounded(ownMs) });
    }
  } finally {
    probe.stop();
  }
  const [during, longest] = ordered(blocked)[0] ?? ['none', 0];
  return {
    limit_ms: limitMs,
    within: longest <= limitMs,
    beyond,
    blocked_ms: Object.fromEntries(ordered(blocked)),
    worst_accepted_ms: Object.fromEntries(ordered(took)),
    livez_ms: longest,
    livez_during: during,
  };
}

async function tried(
  trial: Trial,
  { platform, key, probe }: { platform: PlatformProcess; key: string; probe: Probe },
): Promise<{ route: string; described: string; accepted: boolean; ownMs: number; blockedMs: number }> {
  const measured: { status: number; ownMs: number; blockedMs: number }[] = [];
  let [route, described] = ['', ''];
  for (let time = 0; time < repetitions; time++) {
    const request = trial();
    const { result, blockedMs } = await probe.during(() => ask(platform.url, key, request));
    [route, described] = [request.route, descriptionOf(request, result.status)];
    measured.push({ status: result.status, ownMs: result.milliseconds, blockedMs });
    if (Math.max(result.milliseconds, blockedMs) < limitMs / 2) break;
  }
  return {
    route,
    described,
    accepted: measured.every(({ status }) => status < 400),
    ownMs: medianOf(measured.map(({ ownMs }) => ownMs)),
    blockedMs: medianOf(measured.map(({ blockedMs }) => blockedMs)),
  };
}

/** What it is, its length, and how its body begins. */
function descriptionOf({ method, path, headers, body = '' }: AbusiveRequest, status: number): string {
  const content = body === '' ? '' : ` ${headers['content-type'] ?? ''} ${body.length} ${body.slice(0, 160)}`;
  return `${method} ${path.slice(0, 120)} → ${status}${content}`;
}

const rounded = (milliseconds: number) => Math.round(milliseconds * 10) / 10;

function ordered(times: Map<string, number>): [string, number][] {
  return [...times]
    .sort(([, left], [, right]) => right - left)
    .map(([route, milliseconds]) => [route, rounded(milliseconds)]);
}

/** One of five: what the machine does meanwhile shows in the others. */
function medianOf(times: readonly number[]): number {
  return times.toSorted((left, right) => left - right)[Math.floor(times.length / 2)]!;
}
