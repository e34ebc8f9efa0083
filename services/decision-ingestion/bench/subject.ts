import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEmbeddedPostgres } from '@retort/postgres';
import pg from 'pg';

/** The service under measurement. */
export interface Subject {
  url: URL;
  key: string;
  /** Shuts the service down and looks at its log. */
  inspect<Result>(look: (log: pg.Client) => Promise<Result>): Promise<Result>;
}

/** Runs the real service, in a process of its own on a real Postgres with fsync, for as long as `measure` takes. */
export async function withIngestion<Result>(
  measure: (subject: Subject) => Promise<Result>,
  {
    eventStoreUrl = '',
    tenant = 'bench',
    privacy = false,
  }: { eventStoreUrl?: string; tenant?: string; privacy?: boolean } = {},
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'retort-bench-'));
  const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres') });
  const server = fork(fileURLToPath(new URL('./server.ts', import.meta.url)), {
    env: {
      ...process.env,
      BENCH_DATABASE_URL: postgres.url(),
      BENCH_FOLDER: folder,
      BENCH_EVENT_STORE_URL: eventStoreUrl,
      BENCH_TENANT: tenant,
      BENCH_PRIVACY: privacy ? 'on' : '',
    },
  });
  const exited = once(server, 'exit');
  try {
    const [{ url, key }] = (await once(server, 'message')) as [{ url: string; key: string }];
    return await measure({
      url: new URL(url),
      key,
      async inspect(look) {
        server.send('stop');
        await exited;
        const client = new pg.Client(postgres.url());
        await client.connect();
        return look(client).finally(() => client.end());
      },
    });
  } finally {
    server.kill('SIGKILL');
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
