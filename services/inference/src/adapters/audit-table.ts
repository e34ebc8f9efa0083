import type { ServedSlice } from '@retort/contracts';
import type { Database, Queryable } from '@retort/postgres';
import { countAudit, evidenceOf, noAudits, type AuditEvidence } from '@retort/statistics';
import type { AuditTable, SliceRecord, VersionReference } from '../app/audits.ts';

interface Row {
  tenant: string;
  model: string;
  model_version: string;
  slice_by: ServedSlice['by'];
  slice_name: string;
  evidence: AuditEvidence;
  needed: number | null;
}

export function auditTable(db: Database): AuditTable {
  return {
    count: (audit, monitor) =>
      db.transaction(async (transaction) => {
        const { id, tenant, model, modelVersion, tool, agent, probability, wrong, at } = audit;
        const { rowCount } = await transaction.query(
          `insert into audits (id, tenant, model, model_version, tool, agent, probability, wrong, audited_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing`,
          [id, tenant, model, modelVersion, tool, agent ?? null, probability, wrong, at],
        );
        if (rowCount === 0) return [];
        const deployment = await deploymentNumber(transaction, audit);
        const refuted: ServedSlice[] = [];
        for (const slice of monitor.slicesOf(audit)) {
          const allowed = monitor.allowed(slice);
          if (allowed === null) continue;
          const before = await lock(transaction, audit, { slice, allowed });
          const evidence = countAudit(before, { wrong });
          const needed = monitor.needed(deployment);
          const isRefuted = evidenceOf(evidence) >= needed;
          if (isRefuted) refuted.push(slice);
          await transaction.query(
            `update slice_evidence set evidence = $6,
               needed = case when $7::float8 is null then needed else coalesce(needed, $7) end,
               withdrawn_at = case when $7::float8 is null then withdrawn_at else coalesce(withdrawn_at, $8) end
             where (tenant, model, model_version, slice_by, slice_name) = ($1, $2, $3, $4, $5)`,
            [...keyOf(audit, slice), JSON.stringify(evidence), isRefuted ? needed : null, at],
          );
        }
        return refuted;
      }),
    async withdrawn() {
      const { rows } = await db.query<Row>(
        `select * from slice_evidence where withdrawn_at is not null and (tenant, model, model_version) in (
           select tenant, model, model_version from serving
           union all select tenant, model, model_version from challengers where active)`,
      );
      return rows.map(recordOf);
    },
    async ofVersion({ tenant, model, modelVersion }) {
      const { rows } = await db.query<Row>(
        `select * from slice_evidence where tenant = $1 and model = $2 and model_version = $3
         order by slice_by <> 'all', slice_by desc, slice_name`,
        [tenant, model, modelVersion],
      );
      return rows.map(recordOf);
    },
    async unannounced() {
      const { rows } = await db.query<Row>(
        'select * from slice_evidence where withdrawn_at is not null and not announced order by withdrawn_at limit 100',
      );
      return rows.map(recordOf).map((record) => ({ ...record, needed: record.needed! }));
    },
    async announced(withdrawal) {
      await db.query(
        `update slice_evidence set announced = true
         where (tenant, model, model_version, slice_by, slice_name) = ($1, $2, $3, $4, $5)`,
        keyOf(withdrawal, withdrawal.slice),
      );
    },
  };
}

/** The evidence so far, held until the transaction ends. */
async function lock(
  transaction: Queryable,
  version: VersionReference,
  { slice, allowed }: { slice: ServedSlice; allowed: number },
): Promise<AuditEvidence> {
  const { rows } = await transaction.query<{ evidence: AuditEvidence }>(
    // The update changes nothing: it locks the row, and returns it, when it is already there.
    `insert into slice_evidence as known (tenant, model, model_version, slice_by, slice_name, evidence)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (tenant, model, model_version, slice_by, slice_name) do update set evidence = known.evidence
     returning evidence`,
    [...keyOf(version, slice), JSON.stringify(noAudits(allowed))],
  );
  return rows[0]!.evidence;
}

/** k: the version is the k-th of its model that was deployed. */
async function deploymentNumber(transaction: Queryable, version: VersionReference): Promise<number> {
  const { tenant, model, modelVersion } = version;
  const { rows } = await transaction.query<{ number: number }>(
    `select count(*)::int as number from deployed_versions earlier
     join deployed_versions this on (this.tenant, this.model, this.model_version) = ($1, $2, $3)
     where earlier.tenant = $1 and earlier.model = $2 and earlier.deployed_at <= this.deployed_at`,
    [tenant, model, modelVersion],
  );
  return Math.max(1, rows[0]!.number);
}

function keyOf({ tenant, model, modelVersion }: VersionReference, { by, name }: ServedSlice): string[] {
  return [tenant, model, modelVersion, by, name ?? ''];
}

function recordOf({ tenant, model, model_version, slice_by, slice_name, evidence, needed }: Row): SliceRecord {
  const slice = { by: slice_by, name: slice_name === '' ? null : slice_name };
  return { tenant, model, modelVersion: model_version, slice, evidence, needed };
}
