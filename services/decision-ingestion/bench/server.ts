import { randomBytes } from 'node:crypto';
import { connectInfrastructure, createLogger, hostServices, infrastructureConfig } from '@retort/service-kit';
import { service } from '../src/service.ts';

/** The service in a process of its own, as the benchmark's child. Tells its parent where it is and with which key. */
const log = createLogger({ level: 'error' });
const eventStoreUrl = process.env['BENCH_EVENT_STORE_URL'];
const infrastructure = await connectInfrastructure(
  infrastructureConfig.parse({
    databaseUrl: process.env['BENCH_DATABASE_URL'],
    dataFolder: process.env['BENCH_FOLDER'],
    drainDelayMs: 0,
    ...(process.env['BENCH_PRIVACY'] && {
      privacy: {
        redaction: { detectors: ['card', 'iban', 'email', 'phone'], phone_country: 'AT' },
        subjects: [{ kind: 'customer', paths: ['agent_id'] }],
      },
      privacyKey: randomBytes(32).toString('base64'),
    }),
    ...(eventStoreUrl ? { eventStore: 'eventstoredb', eventStoreUrl } : {}),
  }),
  log,
);
const host = await hostServices({
  services: [service],
  infrastructure,
  listen: { host: '127.0.0.1', port: 0 },
  settings: {},
  env: {},
  log,
});
const { secret } = await host.keys.create({
  tenant: process.env['BENCH_TENANT'] ?? 'bench',
  name: 'bench',
  scopes: ['decisions:write'],
});
process.send?.({ url: host.url, key: secret });
process.on('message', () => {
  void host
    .close()
    .then(() => infrastructure.close())
    .then(() => process.exit(0));
});
