import { z } from 'zod';

/** The scopes an API key may carry. */
export const scopes = [
  'decisions:write',
  'decisions:read',
  'products:read',
  'curation:run',
  'training:run',
  'prompts:write',
  'prompts:read',
  'models:read',
  'models:approve',
  'evaluations:run',
  'predictions:read',
  /** Administers the key's tenant. */
  'admin',
  /** Operates the platform: every tenant, and what they share. */
  'platform:operate',
] as const;
export const scope = z.enum(scopes);
export type Scope = z.infer<typeof scope>;
