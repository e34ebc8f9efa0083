import { defineService } from '@retort/service-kit';
import { z } from 'zod';

export const service = defineService({
  name: 'example-service',
  config: z.object({}),
  build: () => ({}),
});
