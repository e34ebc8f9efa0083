import type { Routes } from '../types.ts';
import type { HostMetrics } from './metrics.ts';

/** A question whose answer is silence; it throws when something is wrong. */
export type Check = () => Promise<void>;

export interface Health {
  /** Why the host as a whole takes no work now; null when it does. */
  unavailable(): string | null;
  /** Service (or `infrastructure`) → check → question. */
  checks(): Record<string, Record<string, Check>>;
  /** Whether the host can do its work with these answers; when all are `ok`, if absent. */
  suffices?(answers: readonly string[]): boolean;
  metrics: HostMetrics;
}

const answerWithinMs = 2_000;

/** `/livez` says that the process turns; `/readyz` that it can do its work, part by part; `/metrics` what it did. */
export function healthRoutes(app: Routes, health: Health): void {
  const config = { public: true };
  app.get('/livez', { config }, () => ({ status: 'ok' }));
  app.get('/readyz', { config }, async (_request, reply) => {
    const unavailable = health.unavailable();
    if (unavailable !== null) return reply.status(503).send({ status: unavailable });
    const answers = await Promise.all(
      Object.entries(health.checks()).map(
        async ([service, checks]) =>
          [
            service,
            Object.fromEntries(
              await Promise.all(Object.entries(checks).map(async ([name, check]) => [name, await ask(check)] as const)),
            ),
          ] as const,
      ),
    );
    const all = answers.flatMap(([, checks]) => Object.values(checks));
    const complete = all.every((answer) => answer === 'ok');
    const ready = complete || (health.suffices?.(all) ?? false);
    return reply
      .status(ready ? 200 : 503)
      .send({ status: statusOf({ complete, ready }), services: Object.fromEntries(answers) });
  });
  app.get('/metrics', { config }, async (_request, reply) => {
    const { contentType, body } = await health.metrics.text();
    return reply.header('content-type', contentType).send(body);
  });
}

function statusOf({ complete, ready }: { complete: boolean; ready: boolean }): string {
  if (complete) return 'ok';
  return ready ? 'degraded' : 'unavailable';
}

/** `ok`, `failed` or `timed out`: the reason itself is for the log, not for whoever can reach the port. */
async function ask(check: Check): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('timed out'), answerWithinMs);
  });
  const answer = check().then(
    () => 'ok',
    () => 'failed',
  );
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
