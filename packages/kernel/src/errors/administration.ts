import { permanent, temporary } from './entry.ts';

/** Keys, tenants, what they may use, and the record of administration. */
export const administrationErrors = {
  'access.tenant-suspended': permanent(403, 'Tenant suspended', 'Ask the operator of the platform to resume it.'),
  'access.tenant-deleted': permanent(403, 'Tenant deleted', 'Use a key of another tenant.'),
  'access.scope-not-yours-to-give': permanent(403, 'Scope not yours to give', 'Ask an operator of the platform.'),
  'access.rate-limited': temporary(429, 'Key used too often', 'Wait for as long as Retry-After says.'),
  'access.too-many-refused-keys': temporary(429, 'Too many refused keys', 'Wait, and use a key that is known.'),
  'quotas.exceeded': temporary(
    429,
    'Quota exceeded',
    'Wait for as long as Retry-After says, or ask for a larger quota.',
  ),
  'quotas.rows-exhausted': permanent(403, 'No room for more rows', 'Ask the operator of the platform for more room.'),
  'tenants.unknown': permanent(404, 'No such tenant', 'List the tenants.'),
  'tenants.exists': permanent(409, 'Tenant exists', 'Choose an id that was never given.'),
  'tenants.deleted': permanent(409, 'Tenant deleted', 'Create another tenant.'),
  'tenants.own': permanent(409, 'Own tenant', 'Use a key of another tenant.'),
  'erasures.unknown': permanent(404, 'No such erasure', 'List the erasures of the tenant.'),
  'erasures.unknown-kind': permanent(422, 'Unknown kind of subject', 'Use a kind that RETORT_PRIVACY names.'),
  'privacy.not-encrypted': permanent(
    409,
    'Nothing is encrypted',
    'Configure subjects and a key first: what was stored before cannot be erased.',
  ),
  'audit.unavailable': temporary(503, 'Audit unavailable', 'Repeat the request: nothing was done.'),
};
