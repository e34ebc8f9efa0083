import type { Quotas, TenantState } from '@retort/contracts';
import type { EventStore } from '@retort/event-store';
import type { Clock, NewId } from '@retort/kernel';
import type { Database, Queryable } from '@retort/postgres';
import { commandHandler } from '../events/command-handler.ts';
import type { Trace } from '../types.ts';
import { tenantDecider, tenantEventTypes, type TenantCommand } from './tenant.ts';

export interface TenantRecord {
  id: string;
  name: string | null;
  state: TenantState;
  quotas: Quotas;
  createdAt: Date;
  updatedAt: Date;
}

export interface Tenants {
  /** Decides, appends and brings the read model up to date; also that of an earlier command which died half-way.
   *  @throws the faults of `tenantDecider` */
  handle(command: TenantCommand, trace: Trace): Promise<TenantRecord>;
  get(id: string): Promise<TenantRecord | null>;
  /** By id, from after one. */
  list(page: { after: string | null; limit: number }): Promise<TenantRecord[]>;
  /** The ids of those that are deleted. */
  deleted(): Promise<string[]>;
}

export interface TenantsOptions {
  database: Database;
  events: EventStore;
  clock: Clock;
  newId: NewId;
}

interface Row {
  id: string;
  name: string | null;
  state: TenantState;
  quotas: Quotas;
  created_at: Date;
  updated_at: Date;
}

export function tenants(options: TenantsOptions): Tenants {
  const { database, clock } = options;
  const registry = commandHandler({
    context: options,
    aggregate: 'tenant',
    decider: tenantDecider,
    types: tenantEventTypes,
  });

  /** The row of a tenant that was in use before tenants were recorded comes from the keys it has. */
  async function adopt(id: string, trace: Trace): Promise<void> {
    const { state } = await registry.load(id, id);
    if (state.state === 'unknown' && (await find(database, id)))
      await registry.handle(id, id, { type: 'adopt', tenant: id }, trace);
  }

  async function project(id: string): Promise<TenantRecord> {
    const { state: tenant, history, revision } = await registry.load(id, id);
    const now = clock();
    await database.query(
      `insert into access.tenants as known (id, name, state, quotas, revision, created_at, updated_at)
       values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (id) do update set name = excluded.name, state = excluded.state, quotas = excluded.quotas,
         revision = excluded.revision, updated_at = excluded.updated_at
       where known.revision < excluded.revision`,
      [id, tenant.name, tenant.state, tenant.quotas, revision ?? -1n, history[0]?.at ?? now, history.at(-1)?.at ?? now],
    );
    return (await find(database, id))!;
  }

  return {
    async handle(command, trace) {
      const { tenant: id, type } = command;
      if (type !== 'create' && type !== 'adopt') await adopt(id, trace);
      await registry.handle(id, id, command, trace);
      return project(id);
    },
    get: (id) => find(database, id),
    async list({ after, limit }) {
      const { rows } = await database.query<Row>(
        'select * from access.tenants where $1::text is null or id > $1 order by id limit $2',
        [after, limit],
      );
      return rows.map(fromRow);
    },
    async deleted() {
      const { rows } = await database.query<{ id: string }>(`select id from access.tenants where state = 'deleted'`);
      return rows.map(({ id }) => id);
    },
  };
}

async function find(database: Queryable, id: string): Promise<TenantRecord | null> {
  const { rows } = await database.query<Row>('select * from access.tenants where id = $1', [id]);
  return rows[0] ? fromRow(rows[0]) : null;
}

function fromRow({ created_at, updated_at, ...row }: Row): TenantRecord {
  const { id, name, state, quotas } = row;
  return { id, name, state, quotas, createdAt: created_at, updatedAt: updated_at };
}
