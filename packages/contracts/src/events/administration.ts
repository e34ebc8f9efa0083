import { z } from 'zod';
import { tenantId, timestamp } from '../json.ts';

/** What a tenant may use. null: as much as it likes. */
export const quotas = z.strictObject({
  decisions_per_second: z.number().positive().nullable(),
  predictions_per_second: z.number().positive().nullable(),
  /** Decisions that the log holds for the tenant. */
  stored_rows: z.int().nonnegative().nullable(),
  /** In any 24 hours. */
  training_runs_per_day: z.int().nonnegative().nullable(),
});
export type Quotas = z.infer<typeof quotas>;
export const unlimited: Quotas = {
  decisions_per_second: null,
  predictions_per_second: null,
  stored_rows: null,
  training_runs_per_day: null,
};

/** TENANT_CREATED. `adopted`: the tenant was in use before tenants were recorded. */
export const tenantCreated = z.object({
  tenant: tenantId,
  name: z.string().max(128).nullable(),
  quotas,
  adopted: z.boolean().optional(),
});
/** TENANT_SUSPENDED: its keys are refused until it is resumed. */
export const tenantSuspended = z.object({ tenant: tenantId, reason: z.string().max(1024).nullable() });
export const tenantResumed = z.object({ tenant: tenantId });
/** TENANT_DELETED: its keys are refused for good, and its id is never given again. */
export const tenantDeleted = z.object({ tenant: tenantId });
export const quotaSet = z.object({ tenant: tenantId, quotas });

/** API_KEY_CREATED. The secret's hash is in the database of keys and in no event. */
export const apiKeyCreated = z.object({
  key_id: z.string(),
  name: z.string(),
  /** As they were named then: a release may know more, or fewer. */
  scopes: z.array(z.string()),
  any_tenant: z.boolean(),
  requests_per_second: z.number().positive().nullable(),
  expires_at: timestamp.nullable(),
});
export const apiKeyRevoked = z.object({ key_id: z.string() });

/** A tenant's administration has a stream of its own, `tenant-acme.administration`: this is its aggregate id. */
export const administrationId = 'administration';

/** ADMINISTRATION_REQUESTED, recorded before the request is carried out: who, what, from where. What the request makes
 *  of it has this event as its cause. */
export const administrationRequested = z.object({
  /** `api-keys.create`, `deployments.promote`, … */
  action: z.string(),
  key_id: z.string(),
  /** IP address. */
  address: z.string(),
  method: z.string(),
  /** Without the query string. */
  path: z.string(),
  request_id: z.string(),
});
/** ADMINISTRATION_REFUSED: the request was answered with an error. */
export const administrationRefused = z.object({
  action: z.string(),
  key_id: z.string(),
  address: z.string(),
  status: z.int(),
  code: z.string(),
});
