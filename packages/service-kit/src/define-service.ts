import type { z } from 'zod';
import type { ServiceDefinition } from './types.ts';

/** Gives a service definition its types; it runs nothing. */
export function defineService<Config extends z.ZodType>(
  definition: ServiceDefinition<Config>,
): ServiceDefinition<Config> {
  return definition;
}

/** The Postgres schema of a service: its name, dashes as underscores. */
export function schemaOf(service: string): string {
  return service.replaceAll('-', '_');
}
