import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fault } from '@retort/kernel';
import { logFile } from './log-file.ts';
import { portTrouble } from './port.ts';

/** The platform in a process of its own: the command line talks to it over HTTP, as any user would. */
export interface Platform {
  url: string;
  folder: string;
  /** Where the agents' teacher is, if one is set. */
  teacher: string | null;
  /** The key of the data folder: of all scopes, the same at every start. */
  apiKey: string;
  /** The tenant's lasting key, told at the first start only. */
  firstKey: string | null;
  /** Resolves when the process ends. */
  ended: Promise<Ending>;
  /** The end of its log: what to show when something went wrong. */
  logTail(): Promise<string>;
  /** Why it ended, in words: a signal or its exit code, and what it said last. */
  reasonOf(ending: Ending): Promise<string>;
  stop(): Promise<void>;
}

/** How a process ended: one of both is null. */
export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface LaunchOptions {
  /** Data folder: database, artifacts, log. */
  folder: string;
  /** 0: any free port. */
  port: number;
  /** Beside this process's own; undefined takes a variable out. */
  environment?: Record<string, string | undefined>;
}

/** What the platform tells its parent once it serves. */
interface ReadyMessage {
  type: 'ready';
  url: string;
  apiKey: string;
  firstKey: string | null;
}

/** Compiled, the platform is started compiled: there is no loader of TypeScript then. */
export const fromSource = import.meta.url.endsWith('.ts');
const main = fromSource ? 'src/main.ts' : 'dist/main.js';
const entry = fileURLToPath(new URL(`../../../services/standalone/${main}`, import.meta.url));
/** Without them the young generation is collected under load far more often than it need be. */
const flags = fromSource ? process.execArgv : ['--max-semi-space-size=64'];
/** A cold start initialises a database; a recovery replays its log. */
const startTimeoutMs = 120_000;
const stopTimeoutMs = 30_000;

/** Starts the platform and waits until it is ready. Its log goes to `platform.log` in the data folder.
 *  @throws `cli.port-taken` before anything is made; `cli.platform-failed` with the reason it gave, or the end of its log. */
export async function launchPlatform(options: LaunchOptions): Promise<Platform> {
  const trouble = options.port === 0 ? null : await portTrouble(options.port, process.env['RETORT_HOST']);
  if (trouble !== null)
    throw fault('cli.port-taken', {
      public: `Nobody can listen on port ${options.port} (${trouble}): name another with --port, or stop what listens there.`,
    });
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const logPath = join(options.folder, 'platform.log');
  const log = logFile({ path: logPath });
  const environment = { ...process.env, ...options.environment };
  const child = fork(entry, [], {
    execArgv: flags,
    // A process group of its own: Ctrl-C reaches this process first, which then stops the platform in order.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      ...environment,
      RETORT_DATA_FOLDER: options.folder,
      RETORT_PORT: String(options.port),
    },
  });
  for (const output of [child.stdout!, child.stderr!]) output.on('data', (chunk: Buffer) => log.write(chunk));
  const ended = new Promise<Ending>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  const logged = once(child, 'close').then(() => log.settled());
  const ready = await whenReady(child, ended, () => logged.then(() => reasonIn(logPath)));
  return {
    url: ready.url,
    folder: options.folder,
    teacher: environment['RETORT_GATEWAY_TEACHER_BASE_URL'] ?? environment['RETORT_TEACHER_BASE_URL'] ?? null,
    apiKey: ready.apiKey,
    firstKey: ready.firstKey,
    ended,
    logTail: () => tail(logPath),
    reasonOf: async (ending) => `${inWords(ending)}: ${await logged.then(() => reasonIn(logPath))}`,
    stop: () => stop(child, ended),
  };
}

async function whenReady(
  child: ChildProcess,
  ended: Promise<Ending>,
  reason: () => Promise<string>,
): Promise<ReadyMessage> {
  let timer: NodeJS.Timeout | undefined;
  const outcome = await Promise.race([
    new Promise<ReadyMessage>((resolve) =>
      child.on('message', (message) => {
        if ((message as ReadyMessage).type === 'ready') resolve(message as ReadyMessage);
      }),
    ),
    ended,
    new Promise<'timeout'>((resolve) => (timer = setTimeout(resolve, startTimeoutMs, 'timeout'))),
  ]);
  clearTimeout(timer);
  if (typeof outcome === 'object' && 'type' in outcome) return outcome;
  if (outcome === 'timeout') child.kill('SIGKILL');
  throw fault('cli.platform-failed', {
    public: `The platform ${outcome === 'timeout' ? 'was not ready in time' : `did not start (${inWords(outcome)})`}: ${await reason()}`,
  });
}

const inWords = ({ code, signal }: Ending) =>
  signal === null
    ? `exit code ${code}`
    : `ended by ${signal}${signal === 'SIGKILL' ? ', often for want of memory' : ''}`;

/** What the platform itself said last, or the end of its log: the log may not outlive this process. */
async function reasonIn(logPath: string): Promise<string> {
  const lines = (await written(logPath)).trimEnd().split('\n');
  const fatal = lines.findLast((line) => line.startsWith('{"level":"fatal"'));
  const { code, message, err } = (fatal === undefined ? {} : JSON.parse(fatal)) as {
    code?: string;
    message?: string;
    err?: { message?: string };
  };
  // A fault is logged in its own words; of any other error they stand in `err`.
  const reason = code === undefined ? err?.message : message;
  return reason ?? `its log ends with\n${await tail(logPath)}`;
}

const tailLines = 15;
async function tail(file: string): Promise<string> {
  return (await written(file)).trimEnd().split('\n').slice(-tailLines).join('\n');
}

/** A process that ends at once has no log. */
const written = (file: string) => readFile(file, 'utf8').catch(() => '');

async function stop(child: ChildProcess, ended: Promise<Ending>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await ended;
  clearTimeout(timer);
}
