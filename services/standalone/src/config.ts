import { infrastructureConfig } from '@retort/service-kit';
import { z } from 'zod';

/** The infrastructure's settings; without a database URL the platform brings its own server. */
export const standaloneConfig = infrastructureConfig.extend({
  databaseUrl: z.string().min(1).optional(),
  port: infrastructureConfig.shape.port.default(4000),
  /** Whose first key is made and shown once. */
  tenant: z.string().default('default'),
});
export type StandaloneConfig = z.infer<typeof standaloneConfig>;
