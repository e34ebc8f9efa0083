import { spawnSync } from 'node:child_process';
import { chmod, mkdir } from 'node:fs/promises';
import { connectDatabase, startEmbeddedPostgres, type EmbeddedPostgres } from '@retort/postgres';
import { selfSignedCertificate, temporaryFolder } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
if (!hasOpenssl) process.stderr.write('\nTLS of Postgres is NOT tested: openssl is not here.\n');

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let postgres: EmbeddedPostgres;
let authority: string;
let stranger: string;

async function certificateIn(name: string) {
  const own = `${folder.path}/${name}`;
  await mkdir(own);
  const made = selfSignedCertificate(own, 'IP:127.0.0.1');
  await chmod(made.key, 0o600);
  return made;
}

describe.skipIf(!hasOpenssl)('a Postgres that is reached over TLS', () => {
  beforeAll(async () => {
    folder = await temporaryFolder('postgres-tls');
    const { key, certificate } = await certificateIn('server');
    authority = certificate;
    stranger = (await certificateIn('stranger')).certificate;
    postgres = await startEmbeddedPostgres({
      folder: `${folder.path}/postgres`,
      settings: { ssl: 'on', ssl_key_file: key, ssl_cert_file: certificate },
    });
  });
  afterAll(async () => {
    await postgres.stop();
    await folder.remove();
  });

  const asked = async (parameters: string) => {
    const database = connectDatabase({ url: `${postgres.url()}?${parameters}`, max: 1 });
    try {
      const { rows } = await database.query<{ ssl: boolean }>(
        'select ssl from pg_stat_ssl where pid = pg_backend_pid()',
      );
      return rows[0]!.ssl;
    } finally {
      await database.close();
    }
  };

  it('is believed where the authority is the one that was given, and the connection is encrypted', async () => {
    expect(await asked(`sslmode=verify-full&sslrootcert=${authority}`)).toBe(true);
  });

  it('is refused under another authority, with what to do', async () => {
    await expect(asked(`sslmode=verify-full&sslrootcert=${stranger}`)).rejects.toThrow(
      /postgres.untrusted: .*certificate.*sslrootcert/,
    );
  });
});
