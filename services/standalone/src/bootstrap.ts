import { writeFile } from 'node:fs/promises';
import { fault } from '@retort/kernel';
import {
  bootstrap,
  connectInfrastructure,
  createLogger,
  infrastructureConfig,
  parseConfig,
  secret,
  startWhenServed,
} from '@retort/service-kit';
import { z } from 'zod';
import { services } from './services.ts';

/** What the one-off that prepares a platform is told, besides the infrastructure. */
export const bootstrapConfig = z.object({
  /** Whose first key it is. */
  tenant: z.string().default('default'),
  /** The key that the tenant gets: `rt_`, 12 of a-z and 0-9, `_`, 43 of base64url. */
  key: secret(z.string().regex(/^rt_[a-z0-9]{12}_[A-Za-z0-9_-]{43}$/, 'expected rt_<12>_<43>')).optional(),
  /** Where a key that is made is written (mode 0600), when none is given. */
  keyFile: z.string().optional(),
});

/** Makes the tables of every service, a tenant and its first key, once the servers are there. Done again, it does nothing. */
export async function runBootstrap(): Promise<void> {
  const { env } = process;
  const config = parseConfig(infrastructureConfig, { env });
  const { tenant, key, keyFile } = parseConfig(bootstrapConfig, { service: 'bootstrap', env });
  if (key === undefined && keyFile === undefined)
    throw fault('config.missing', {
      public: 'RETORT_BOOTSTRAP_KEY or RETORT_BOOTSTRAP_KEY_FILE is needed: no key is written to a log.',
    });
  const log = createLogger({ level: config.logLevel });
  const prepare = async () => {
    const infrastructure = await connectInfrastructure(config, log);
    try {
      return await bootstrap({ infrastructure, services, tenant, key });
    } finally {
      await infrastructure.close();
    }
  };
  const made = await startWhenServed(prepare, { log });
  if (made !== null && keyFile !== undefined) await writeFile(keyFile, `${made}\n`, { mode: 0o600 });
  log.info({ tenant, key_file: made === null ? undefined : keyFile }, made === null ? 'there is a key' : 'made a key');
}
