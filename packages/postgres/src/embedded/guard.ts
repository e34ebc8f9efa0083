import { spawn, type ChildProcess } from 'node:child_process';

/** A tiny process that waits for our end: its standard input closes when we die, however we die, and then it shuts the
 *  server down (and removes the folder of an ephemeral one). Nothing polls, and nothing is left behind by `kill -9`. */
export function guard({ pid, remove }: { pid: number; remove?: string }): () => void {
  const script = [
    'read -r _',
    'kill -INT "$1" 2>/dev/null',
    'test -z "$2" && exit 0',
    'while kill -0 "$1" 2>/dev/null; do sleep 0.1; done',
    'rm -rf -- "$2"',
  ].join('; ');
  const child: ChildProcess = spawn('/bin/sh', ['-c', script, 'retort-guard', String(pid), remove ?? ''], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  });
  child.unref();
  const input = child.stdin as unknown as { unref(): void; on(event: 'error', listener: () => void): void };
  input.unref();
  input.on('error', () => undefined);
  return () => child.kill('SIGKILL');
}
