import { productVersion, type ProductName, type ProductQuality, type ProductVersion } from '@retort/contracts';
import { parsePosition } from '@retort/event-store';
import type { Queryable } from '@retort/postgres';
import type { ReceivedEvent } from '@retort/service-kit';
import type { Versions } from '../app/versions.ts';
import type { AnnouncedVersion } from '../domain/product.ts';

/** Records a version once; announced again it stays as it was first. */
export async function recordVersion(
  transaction: Queryable,
  event: ReceivedEvent,
  announced: AnnouncedVersion & { product: ProductName },
): Promise<void> {
  const { commit, prepare } = parsePosition(event.position);
  await transaction.query(
    `insert into versions (tenant, product, version, digest, rows, created_at, quality, manifest,
                           event_id, causation_id, correlation_id, commit_position, prepare_position)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict do nothing`,
    [
      event.tenant,
      announced.product,
      announced.version,
      announced.digest,
      announced.rows,
      event.time,
      JSON.stringify(announced.quality),
      JSON.stringify(event.data),
      event.id,
      event.causationId,
      event.trace.correlationId,
      commit,
      prepare,
    ],
  );
}

export function postgresVersions(database: Queryable): Versions {
  return {
    async newestOfEach(tenant) {
      const { rows } = await database.query<{ product: ProductName; version: string }>(
        `select distinct on (product) product, version from versions where tenant = $1
         order by product, commit_position desc, prepare_position desc`,
        [tenant],
      );
      return new Map(rows.map(({ product, version }) => [product, version]));
    },
    async newest({ tenant, product }, recordedAsOf = null) {
      const { rows } = await database.query<{ version: string }>(
        `select version from versions
         where tenant = $1 and product = $2 and ($3::timestamptz is null or created_at <= $3::timestamptz)
         order by commit_position desc, prepare_position desc limit 1`,
        [tenant, product, recordedAsOf],
      );
      return rows[0]?.version ?? null;
    },
    async find({ tenant, product, version }) {
      const { rows } = await database.query<VersionRow>(
        'select * from versions where tenant = $1 and product = $2 and version = $3',
        [tenant, product, version],
      );
      return rows[0] ? { ...viewOf(rows[0]), metrics: rows[0].quality } : null;
    },
    async list({ tenant, product, after, limit }) {
      const position = after === null ? null : parsePosition(after);
      const { rows } = await database.query<VersionRow>(
        `select * from versions where tenant = $1 and product = $2
           and ($3::numeric is null or (commit_position, prepare_position) < ($3, $4))
         order by commit_position desc, prepare_position desc limit $5`,
        [tenant, product, position?.commit ?? null, position?.prepare ?? null, limit],
      );
      return rows.map((row) => ({ view: viewOf(row), position: `${row.commit_position}/${row.prepare_position}` }));
    },
  };
}

interface VersionRow {
  product: ProductName;
  version: string;
  digest: string | null;
  rows: string | bigint | null;
  created_at: Date;
  quality: ProductQuality['metrics'];
  manifest: ProductVersion['manifest'];
  event_id: string;
  causation_id: string | null;
  correlation_id: string;
  commit_position: string | bigint;
  prepare_position: string | bigint;
}

function viewOf(row: VersionRow): ProductVersion {
  const { product, version, digest, created_at, event_id, causation_id, correlation_id, manifest } = row;
  return productVersion.parse({
    product,
    version,
    digest,
    rows: row.rows === null ? null : Number(row.rows),
    created_at: created_at.toISOString(),
    event_id,
    causation_id,
    correlation_id,
    manifest,
  });
}
