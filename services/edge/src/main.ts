import { createLogger, parseConfig, redactedConfig, runProcess } from '@retort/service-kit';
import { config as schema } from './config.ts';
import { startEdge } from './edge.ts';

const config = parseConfig(schema, { service: 'edge', env: process.env });
if (process.argv.includes('--validate')) {
  process.stdout.write(`${JSON.stringify(redactedConfig(schema, config), null, 2)}\n`);
  process.exit(0);
}
const log = createLogger({ level: config.logLevel });
await runProcess(() => startEdge(config, log), log);
