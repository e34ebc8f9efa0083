import type { PlatformProcess } from '../../test/chaos/platform-process.ts';
import { ask } from './client.ts';
import { hostileSchemas } from './hostile.ts';
import { toolRequests, type AbusiveRequest } from './requests.ts';

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

export interface AloneReport {
  /** Route → median of several times that its slowest accepted request took, in ms. */
  worst_accepted_ms: Record<string, number>;
  /** The longest that `/livez` took meanwhile (median of several times as well), and during which route. */
  livez_ms: number;
  livez_during: string;
  /** Route → the longest that `/livez` took during it, where that is more than 10 ms. */
  livez_ms_by_route: Record<string, number>;
}

const repetitions = 5;

/** Sends each request several times while nothing else is asked, but for `/livez`, without a pause. */
export async function alone(
  platform: PlatformProcess,
  key: string,
  found: readonly AbusiveRequest[],
): Promise<AloneReport> {
  const repeated = (request: AbusiveRequest) => Array.from({ length: repetitions }, () => request);
  const trials = [
    ...found.map(repeated),
    ...hostileSchemas.flatMap((hostile) =>
      variantsOf(Array.from({ length: repetitions }, () => toolRequests(hostile))),
    ),
  ];
  const took = new Map<string, number>();
  const livez = new Map<string, number>();
  for (const trial of trials) {
    const { route } = trial[0]!;
    const answers = [];
    for (const request of trial) answers.push(await besideLivez(platform, key, request));
    const median = medianOf(answers.map(({ milliseconds }) => milliseconds));
    if (answers.every(({ status }) => status < 400)) took.set(route, Math.max(took.get(route) ?? 0, median));
    livez.set(route, Math.max(livez.get(route) ?? 0, medianOf(answers.map(({ livezMs }) => livezMs))));
  }
  const ordered = (times: Map<string, number>, least = 0) =>
    [...times].filter(([, ms]) => ms > least).sort(([, left], [, right]) => right - left);
  const rounded = (times: [string, number][]) =>
    Object.fromEntries(times.map(([route, ms]) => [route, Math.round(ms * 10) / 10]));
  const [during = 'none', longest = 0] = ordered(livez)[0] ?? [];
  return {
    worst_accepted_ms: rounded(ordered(took)),
    livez_ms: Math.round(longest * 10) / 10,
    livez_during: during,
    livez_ms_by_route: rounded(ordered(livez, 10)),
  };
}

/** Requests of one kind together, from several of each kind. */
function variantsOf(made: readonly (readonly AbusiveRequest[])[]): AbusiveRequest[][] {
  return made[0]!.map((_, kind) => made.map((requests) => requests[kind]!));
}

/** One of five: what the machine does meanwhile shows in the others. */
function medianOf(times: readonly number[]): number {
  return times.toSorted((left, right) => left - right)[Math.floor(times.length / 2)]!;
}

async function besideLivez(platform: PlatformProcess, key: string, request: AbusiveRequest) {
  let livezMs = 0;
  let done = false;
  const probing = (async () => {
    while (!done) {
      const { milliseconds } = await ask(platform.url, key, { method: 'GET', path: '/livez', headers: {} });
      livezMs = Math.max(livezMs, milliseconds);
    }
  })();
  const answer = await ask(platform.url, key, request);
  done = true;
  await probing;
  return { ...answer, livezMs };
}
