import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { until } from '@retort/testing';

export type Environment = Readonly<Record<string, string>>;

export interface ServiceProcess {
  name: string;
  url: string;
  /** kill −9. */
  kill(): Promise<void>;
  /** On the same port, with the same settings. */
  start(): Promise<void>;
  /** What `/readyz` says; null when nobody answers. */
  readiness(): Promise<{ status: number; body: Record<string, unknown> } | null>;
  ready(): Promise<void>;
  stop(): Promise<void>;
}

const fileOf = (service: string, file: string) =>
  fileURLToPath(new URL(`../../../${service}/src/${file}.ts`, import.meta.url));
const fromSources = ['--conditions=source', '--import', 'tsx'];
const readyWithinMs = 180_000;

export interface ServiceOptions {
  service: string;
  port: number;
  environment: Environment;
  /** Where its log goes. */
  log: string;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A service's own `main.ts` in a process of its own. */
export function serviceProcess({ service, port, environment, log }: ServiceOptions): ServiceProcess {
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  const end = async (signal: NodeJS.Signals) => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  const self: ServiceProcess = {
    name: service,
    url,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    async start() {
      const output = await open(log, 'a');
      child = spawn(process.execPath, [...fromSources, fileOf(service, 'main')], {
        stdio: ['ignore', output.fd, output.fd],
        env: { PATH: process.env['PATH'], ...environment, RETORT_PORT: String(port) },
      });
      running.add(child);
      await output.close();
    },
    async readiness() {
      if (child && child.exitCode !== null) throw new Error(`${service} ended: ${await lastLines(log)}`);
      const answer = await fetch(`${url}/readyz`).catch(() => null);
      return answer && { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    },
    async ready() {
      await until(
        `${service} to be ready`,
        async () => (await self.readiness())?.body['status'] === 'ok',
        readyWithinMs,
      );
    },
  };
  return self;
}

const shownLines = 5;
async function lastLines(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).trimEnd().split('\n').slice(-shownLines).join('\n');
}

/** Runs the one-off that prepares a platform, to its end. */
export async function prepared(environment: Environment): Promise<void> {
  const child = spawn(process.execPath, [...fromSources, fileOf('standalone', 'bootstrap-main')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: process.env['PATH'], ...environment },
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`the one-off ended with ${code}`);
}
