import { z } from 'zod';
import { quotas, unlimited } from '../events/administration.ts';
import { tenantId, timestamp } from '../json.ts';
import { scope } from '../scopes.ts';
import { pagingQuery } from './paging.ts';

export const apiKeyView = z.object({
  id: z.string(),
  name: z.string(),
  tenant: z.string(),
  scopes: z.array(scope),
  /** null: as the platform's configuration says. */
  requests_per_second: z.number().nullable(),
  created_at: z.string(),
  expires_at: z.string().nullable(),
  revoked_at: z.string().nullable(),
});
export const apiKeyInput = z.strictObject({
  name: z.string().min(1).max(128),
  scopes: z.array(scope).min(1),
  requests_per_second: z.number().positive().optional(),
  /** Never expires when absent. */
  expires_at: timestamp.optional(),
});
export const apiKeyCreatedView = apiKeyView.extend({ secret: z.string() });

const { shape } = quotas;
/** What is absent has no limit. */
const quotasInput = quotas.extend({
  decisions_per_second: shape.decisions_per_second.default(null),
  predictions_per_second: shape.predictions_per_second.default(null),
  stored_rows: shape.stored_rows.default(null),
  training_runs_per_day: shape.training_runs_per_day.default(null),
});

export const tenantState = z.enum(['active', 'suspended', 'deleted']);
export type TenantState = z.infer<typeof tenantState>;
export const tenantView = z.object({
  id: tenantId,
  name: z.string().nullable(),
  state: tenantState,
  quotas,
  created_at: z.string(),
  updated_at: z.string(),
});
export const tenantInput = z.strictObject({
  id: tenantId,
  name: z.string().max(128).optional(),
  quotas: quotasInput.default(unlimited),
});
export const tenantReason = z.strictObject({ reason: z.string().max(1024).optional() });
export const tenantListQuery = pagingQuery;
