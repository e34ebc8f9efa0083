import { unlimited } from '@retort/contracts';
import { fold, isFault } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import { tenantDecider, type TenantCommand, type TenantEvent } from '../src/access/tenant.ts';

const tenant = 'acme';
const created: TenantEvent = { type: 'TENANT_CREATED', data: { tenant, name: null, quotas: unlimited } };
const suspended: TenantEvent = { type: 'TENANT_SUSPENDED', data: { tenant, reason: null } };
const deleted: TenantEvent = { type: 'TENANT_DELETED', data: { tenant } };
const create: TenantCommand = { type: 'create', tenant, name: null, quotas: unlimited };

const decide = (events: TenantEvent[], command: TenantCommand) =>
  tenantDecider.decide(command, fold(tenantDecider, events)).map(({ type }) => type);
const refusal = (events: TenantEvent[], command: TenantCommand) => {
  try {
    return decide(events, command);
  } catch (error) {
    return isFault(error) ? error.code : error;
  }
};

describe('a tenant', () => {
  it('is created once; the same request again changes nothing', () => {
    expect(decide([], create)).toEqual(['TENANT_CREATED']);
    expect(decide([created], create)).toEqual([]);
    expect(refusal([created], { ...create, name: 'other' })).toBe('tenants.exists');
  });

  it('is suspended and resumed, each once', () => {
    expect(decide([created], { type: 'suspend', tenant, reason: null })).toEqual(['TENANT_SUSPENDED']);
    expect(decide([created, suspended], { type: 'suspend', tenant, reason: null })).toEqual([]);
    expect(decide([created, suspended], { type: 'resume', tenant })).toEqual(['TENANT_RESUMED']);
    expect(decide([created], { type: 'resume', tenant })).toEqual([]);
  });

  it('is deleted for good, and its id is never given again', () => {
    expect(decide([created, suspended], { type: 'delete', tenant })).toEqual(['TENANT_DELETED']);
    expect(decide([created, deleted], { type: 'delete', tenant })).toEqual([]);
    for (const command of [{ type: 'resume', tenant } as const, { type: 'suspend', tenant, reason: null } as const])
      expect(refusal([created, deleted], command)).toBe('tenants.deleted');
    expect(refusal([created, deleted], create)).toBe('tenants.exists');
  });

  it('that nobody created takes no command', () => {
    expect(refusal([], { type: 'suspend', tenant, reason: null })).toBe('tenants.unknown');
    expect(refusal([], { type: 'delete', tenant })).toBe('tenants.unknown');
  });
});
