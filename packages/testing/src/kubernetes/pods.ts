import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import type { JobObject } from './manifest.ts';

export interface Pod {
  name: string;
  job: string;
  container: string;
  createdAt: string;
  phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  log: string;
  terminated?: { exitCode: number; message: string; reason: string };
  process?: ChildProcess;
}

/** Where things of the cluster lie on this machine. */
export interface Node {
  /** Folder in which containers begin. */
  workingDirectory: string;
  /** Folder of each claim. */
  claims: ReadonlyMap<string, string>;
}

const longestMessage = 4096;

/** Runs the container of a Job's pod as a child process with the environment of its manifest and nothing else of ours but
 *  `PATH`, and resolves when it has ended. Paths below a mount lead to the claim's folder. */
export async function runPod(job: JobObject, pod: Pod, node: Node): Promise<number> {
  const { containers, volumes = [] } = job.spec.template.spec;
  const container = containers[0]!;
  const scratch = await mkdtemp(join(tmpdir(), 'retort-pod-'));
  const lastWord = join(scratch, 'termination-log');
  const claimOf = new Map(
    volumes.map(({ name, persistentVolumeClaim }) => [name, persistentVolumeClaim?.claimName ?? '']),
  );
  const mounts = [
    [container.terminationMessagePath ?? '/dev/termination-log', lastWord],
    ...(container.volumeMounts ?? []).map(({ name, mountPath }) => [mountPath, node.claims.get(claimOf.get(name)!)!]),
  ] as [string, string][];
  const located = (value: string) => {
    const mount = mounts.find(([inside]) => value === inside || value.startsWith(`${inside}/`));
    return mount ? mount[1] + value.slice(mount[0].length) : value;
  };
  const env = Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, located(value)]));
  const [command, ...rest] = [...(container.command ?? []), ...(container.args ?? [])];
  const child = spawn(command!, rest, {
    cwd: node.workingDirectory,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  pod.process = child;
  pod.phase = 'Running';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => void (pod.log += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  const message = await readFile(lastWord, 'utf8').catch(() => '');
  await rm(scratch, { recursive: true, force: true });
  const exitCode = code ?? 137;
  pod.terminated = {
    exitCode,
    message: message.slice(0, longestMessage),
    reason: exitCode === 0 ? 'Completed' : 'Error',
  };
  pod.phase = exitCode === 0 ? 'Succeeded' : 'Failed';
  return exitCode;
}

export function newPod({ metadata: { name: job }, spec }: JobObject): Pod {
  return {
    name: `${job}-${randomBytes(3).toString('hex').slice(0, 5)}`,
    job,
    container: spec.template.spec.containers[0]!.name,
    createdAt: new Date().toISOString(),
    phase: 'Pending',
    log: '',
  };
}

/** A pod as the API shows it. */
export function podView({ name, job, container, createdAt, phase, terminated }: Pod): object {
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name, creationTimestamp: createdAt, labels: { 'batch.kubernetes.io/job-name': job, 'job-name': job } },
    status: {
      phase,
      containerStatuses: [
        { name: container, state: terminated ? { terminated } : phase === 'Running' ? { running: {} } : {} },
      ],
    },
  };
}
