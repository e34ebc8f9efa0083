import { z } from 'zod';
import { tenantId, timestamp } from '../json.ts';

/** What a tenant may use. null: as much as it likes. */
export const quotas = z.strictObject({
  decisions_per_second: z
    .number()
    .positive()
    .nullable()
    .describe('Decisions it may record a second; null: as many as it likes.'),
  predictions_per_second: z
    .number()
    .positive()
    .nullable()
    .describe('Predictions it may ask for a second; null: as many as it likes.'),
  stored_rows: z.int().nonnegative().nullable().describe('Decisions that the log holds for the tenant.'),
  training_runs_per_day: z.int().nonnegative().nullable().describe('In any 24 hours.'),
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
  tenant: tenantId.describe('The tenant.'),
  name: z.string().max(128).nullable().describe('What people call it.'),
  quotas: quotas.describe('What it may use.'),
  adopted: z.boolean().optional().describe('Whether the tenant was in use before tenants were recorded.'),
});
/** TENANT_SUSPENDED: its keys are refused until it is resumed. */
export const tenantSuspended = z.object({
  tenant: tenantId.describe('The tenant.'),
  reason: z.string().max(1024).nullable().describe('Why.'),
});
export const tenantResumed = z.object({ tenant: tenantId.describe('The tenant.') });
/** TENANT_DELETED: its keys are refused for good, and its id is never given again. */
export const tenantDeleted = z.object({ tenant: tenantId.describe('The tenant.') });
export const quotaSet = z.object({
  tenant: tenantId.describe('The tenant.'),
  quotas: quotas.describe('What it may use.'),
});

/** API_KEY_CREATED. The secret's hash is in the database of keys and in no event. */
export const apiKeyCreated = z.object({
  key_id: z.string().describe('The key.'),
  name: z.string().describe('What the key is for.'),
  scopes: z.array(z.string()).describe('As they were named then: a release may know more, or fewer.'),
  any_tenant: z.boolean().describe('Whether the key acts for any tenant.'),
  requests_per_second: z
    .number()
    .positive()
    .nullable()
    .describe('How often it may be used; null: as the platform is configured.'),
  expires_at: timestamp.nullable().describe('When it ends by itself; null: never.'),
});
export const apiKeyRevoked = z.object({ key_id: z.string().describe('The key.') });

/** A tenant's administration has a stream of its own, `tenant-acme.administration`: this is its aggregate id. */
export const administrationId = 'administration';

/** ADMINISTRATION_REQUESTED, recorded before the request is carried out: who, what, from where. What the request makes
 *  of it has this event as its cause. */
export const administrationRequested = z.object({
  action: z.string().describe('`api-keys.create`, `deployments.promote`, …'),
  key_id: z.string().describe('The key.'),
  address: z.string().describe('IP address.'),
  method: z.string().describe('The HTTP method.'),
  path: z.string().describe('Without the query string.'),
  /** Absent from events before operators' acts stood in the tenant's record too. */
  actor: z
    .enum(['tenant', 'operator'])
    .default('tenant')
    .describe('Who asked: the tenant, or the platform’s operator.'),
  request_id: z.string().describe('The request.'),
});
/** ROWS_EXPORTED, recorded after an answer of rows (NDJSON) has ended; the request is its cause. */
export const rowsExported = z.object({
  action: z.string().describe('`decisions.export`, `datasets.export`, …'),
  key_id: z.string().describe('The key.'),
  address: z.string().describe('IP address.'),
  path: z.string().describe('Without the query string.'),
  rows: z.int().nonnegative().describe('Rows that were sent.'),
  complete: z.boolean().describe('Whether the answer reached its end.'),
});
/** ADMINISTRATION_REFUSED: the request was answered with an error. */
export const administrationRefused = z.object({
  action: z.string().describe('What was asked for.'),
  key_id: z.string().describe('The key.'),
  address: z.string().describe('The IP address that asked.'),
  status: z.int().describe('The HTTP status.'),
  code: z.string().describe('The code of the reason.'),
});
