import { streamName, upcast, type Quotas, type TenantState } from '@retort/contracts';
import type { EventStore } from '@retort/event-store';
import { isFault, type Clock, type NewId } from '@retort/kernel';
import type { Database, Queryable } from '@retort/postgres';
import { recordEvent } from '../events/record-event.ts';
import type { Trace } from '../types.ts';
import { isTenantEvent, tenantDecider, type Tenant, type TenantCommand, type TenantEvent } from './tenant.ts';

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

interface Loaded {
  tenant: Tenant;
  /** Of the last event of the stream, whatever it is; -1 when there is none. */
  revision: bigint;
  createdAt: string | null;
  updatedAt: string | null;
}

const attempts = 10;

export function tenants(options: TenantsOptions): Tenants {
  const { database, events, clock } = options;

  async function load(id: string): Promise<Loaded> {
    const loaded: Loaded = { tenant: tenantDecider.initial, revision: -1n, createdAt: null, updatedAt: null };
    for await (const { type, version, json, revision, occurredAt } of events.readStream(streamOf(id))) {
      loaded.revision = revision;
      if (!isTenantEvent(type)) continue;
      loaded.tenant = tenantDecider.evolve(loaded.tenant, {
        type,
        data: upcast(type, version, JSON.parse(json)),
      } as TenantEvent);
      loaded.createdAt ??= occurredAt;
      loaded.updatedAt = occurredAt;
    }
    return loaded;
  }

  async function append(id: string, made: readonly TenantEvent[], { revision }: Loaded, trace: Trace): Promise<void> {
    for (const [index, { type, data }] of made.entries()) {
      const last = revision + BigInt(index);
      const expected = last < 0n ? 'no-stream' : last;
      await recordEvent(options, { type, tenant: id, aggregateId: id, data, trace, expected });
    }
  }

  async function handle(command: TenantCommand, trace: Trace): Promise<TenantRecord> {
    const id = command.tenant;
    for (let attempt = 1; ; attempt++) {
      const loaded = await load(id);
      if (loaded.tenant.state === 'unknown' && command.type !== 'create' && command.type !== 'adopt')
        if (await find(database, id)) {
          await handle({ type: 'adopt', tenant: id }, trace);
          continue;
        }
      const made = tenantDecider.decide(command, loaded.tenant);
      try {
        await append(id, made, loaded, trace);
      } catch (error) {
        if (attempt < attempts && isFault(error, 'event-store.conflict')) continue;
        throw error;
      }
      return project(id, made.length > 0 ? await load(id) : loaded);
    }
  }

  async function project(id: string, { tenant, revision, createdAt, updatedAt }: Loaded): Promise<TenantRecord> {
    await database.query(
      `insert into access.tenants as known (id, name, state, quotas, revision, created_at, updated_at)
       values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (id) do update set name = excluded.name, state = excluded.state, quotas = excluded.quotas,
         revision = excluded.revision, updated_at = excluded.updated_at
       where known.revision < excluded.revision`,
      [id, tenant.name, tenant.state, tenant.quotas, revision, createdAt ?? clock(), updatedAt ?? clock()],
    );
    return (await find(database, id))!;
  }

  return {
    handle,
    get: (id) => find(database, id),
    async list({ after, limit }) {
      const { rows } = await database.query<Row>(
        'select * from access.tenants where $1::text is null or id > $1 order by id limit $2',
        [after, limit],
      );
      return rows.map(fromRow);
    },
  };
}

/** The tenant itself and its keys. */
function streamOf(tenant: string): string {
  return streamName('tenant', tenant, tenant);
}

async function find(database: Queryable, id: string): Promise<TenantRecord | null> {
  const { rows } = await database.query<Row>('select * from access.tenants where id = $1', [id]);
  return rows[0] ? fromRow(rows[0]) : null;
}

function fromRow({ created_at, updated_at, ...row }: Row): TenantRecord {
  const { id, name, state, quotas } = row;
  return { id, name, state, quotas, createdAt: created_at, updatedAt: updated_at };
}
