import { createLogger, parseConfig, redactedConfig, runProcess } from '@retort/service-kit';
import { standaloneConfig } from './config.ts';
import { keyFileOf } from './folder-key.ts';
import { startPlatform } from './platform.ts';

const config = parseConfig(standaloneConfig, { env: process.env });
if (process.argv.includes('--validate')) {
  process.stdout.write(`${JSON.stringify(redactedConfig(standaloneConfig, config), null, 2)}\n`);
  process.exit(0);
}

// What this process makes is its own: a file that names no mode gets one that others cannot read.
process.umask(0o077);
const log = createLogger({ level: config.logLevel });
await runProcess(async () => {
  const platform = await startPlatform(config, log);
  if (process.send) {
    // A parent that started this process is told where it serves; when the parent dies, so does the platform.
    process.send({
      type: 'ready',
      url: platform.url,
      firstKey: platform.firstKey,
      apiKey: await platform.folderKey(),
    });
    process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  } else {
    // What is written here ends in somebody's log: the key itself does not.
    await platform.folderKey();
    log.info(
      { tenant: config.tenant, key_file: keyFileOf(config.dataFolder) },
      'a key of all scopes is in the data folder',
    );
  }
  return platform;
}, log);
