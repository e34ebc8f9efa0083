import { isFault } from '@retort/kernel';
import { parseConfig, type Environment } from '../config/parse-config.ts';
import { redactedConfig } from '../config/redact.ts';
import { createLogger } from '../log.ts';
import type { ServiceDefinition } from '../types.ts';
import { connectInfrastructure } from './connect-infrastructure.ts';
import { hostServices } from './host.ts';
import { infrastructureConfig } from './infrastructure.ts';
import { runProcess } from './run.ts';
import { startWhenServed } from './start-when-served.ts';

/** What a service's `main.ts` calls: the service alone in this process. With `--validate` it prints the configuration
 *  it would run with (secrets redacted), or everything that is wrong with it, and exits with 0 or 2. */
export async function runService(definition: ServiceDefinition): Promise<never> {
  const { env, argv } = process;
  const checked = validate(definition, env);
  if (argv.includes('--validate') || 'errors' in checked) {
    if ('errors' in checked) process.stderr.write(`${checked.errors.join('\n')}\n`);
    else process.stdout.write(`${JSON.stringify(checked.shown, null, 2)}\n`);
    process.exit('errors' in checked ? 2 : 0);
  }
  const config = parseConfig(infrastructureConfig, { env });
  const log = createLogger({ level: config.logLevel });
  const attempt = async (beforeListening: () => Promise<void>) => {
    const infrastructure = await connectInfrastructure(config, log, definition.name);
    try {
      const host = await hostServices({ services: [definition], infrastructure, env, log, beforeListening });
      return {
        close: async () => {
          await host.close();
          await infrastructure.close();
        },
      };
    } catch (error) {
      await infrastructure.close();
      throw error;
    }
  };
  return runProcess(() => startWhenServed(attempt, { log, door: config }), log);
}

/** The redacted configuration of a service and its infrastructure, or every complaint about them, one a line. */
export function validate(
  definition: Pick<ServiceDefinition, 'name' | 'config'>,
  env: Environment,
): { shown: Record<string, unknown> } | { errors: string[] } {
  const built = { infrastructure: { schema: infrastructureConfig }, [definition.name]: { schema: definition.config } };
  const shown: Record<string, unknown> = {};
  const errors: string[] = [];
  for (const [name, { schema }] of Object.entries(built))
    try {
      const service = name === 'infrastructure' ? {} : { service: name };
      shown[name] = redactedConfig(schema, parseConfig(schema, { ...service, env }));
    } catch (error) {
      if (!isFault(error, 'config.invalid')) throw error;
      errors.push(...(error.detail.errors ?? []).map(({ pointer, message }) => `${pointer}: ${message}`));
    }
  return errors.length > 0 ? { errors } : { shown };
}
