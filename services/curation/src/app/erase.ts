import type { ArtifactStore } from '@retort/artifact-store';
import type { DatasetView } from '@retort/contracts';
import type { Clock } from '@retort/kernel';
import type { Erasure, ErasurePart, ShreddedEventsOf } from '@retort/service-kit';
import { contentDigest, datasetDigest } from '../domain/dataset.ts';
import { withoutRows, type Manifest } from '../domain/manifest.ts';
import type { ManifestReader } from './dataset-rows.ts';
import type { Datasets, Publications } from './datasets.ts';
import type { DecisionHistory, HistoryOf } from './decision-history.ts';
import { product } from './execute-run.ts';

export interface ErasePorts {
  history: HistoryOf;
  shredded: ShreddedEventsOf;
  datasets: Datasets;
  manifests: ManifestReader;
  publications: Publications;
  artifacts: Pick<ArtifactStore, 'put'>;
  clock: Clock;
}

const pageSize = 100;
const lookupSize = 500;

/** Every version that contained the subject gets a successor without it. Its own rows are not given any more: the history, which
 *  they were made from, has not got them. */
export function eraseFromDatasets(ports: ErasePorts): ErasurePart {
  return {
    step: 'datasets',
    after: ['decisions'],
    async erase(erasure, signal) {
      const { tenant } = erasure;
      const positions = new Set((await ports.shredded(erasure)).map(({ position }) => position));
      const counts = { versions: 0, rows: 0 };
      const versions: string[] = [];
      if (positions.size === 0) return { counts, versions };
      for await (const dataset of allOf(ports.datasets, tenant)) {
        signal.throwIfAborted();
        const manifest = await ports.manifests.read(dataset.manifest);
        const lost = manifest.rows.positions.filter((position) => positions.has(position)).length;
        if (lost === 0) continue;
        versions.push(dataset.dataset_version);
        counts.versions += 1;
        counts.rows += lost;
        if (dataset.succeeded_by === undefined) await succeed(ports, { erasure, dataset, manifest });
      }
      return { counts, versions };
    },
  };
}

/** Publishes what is left of a version. What an interrupted attempt published is the same content, and so the same version. */
async function succeed(
  { history, publications, artifacts, clock }: ErasePorts,
  { erasure, dataset, manifest }: { erasure: Erasure; dataset: DatasetView; manifest: Manifest },
): Promise<void> {
  const { tenant, id, trace } = erasure;
  const left = await contentsOf(history(tenant, trace), manifest.rows.ids);
  const remaining = withoutRows(manifest, (decision) => left.has(decision));
  const { ids, quality, weights, calibrates } = remaining.rows;
  const digest = datasetDigest(
    ids.map((decision, index) => ({
      id: decision,
      content: left.get(decision)!,
      quality: quality[index]!,
      weight: weights[index]!,
      calibrates: calibrates?.[index] ?? true,
    })),
  );
  const stored = await artifacts.put(Buffer.from(JSON.stringify({ ...remaining, digest })));
  const rows = ids.length;
  const { dataset_version: from, ...summary } = dataset.summary;
  const data = {
    ...summary,
    run_id: `${id}.${from}`,
    digest,
    manifest: stored.digest,
    rows,
    purpose: dataset.purpose,
    erased: { from: dataset.dataset_version, erasure_id: id, rows: dataset.rows - rows },
  };
  await publications.handle(tenant, product, { data, now: clock() }, trace);
}

/** The digests of the contents that the history still has. */
async function contentsOf(history: DecisionHistory, ids: readonly string[]) {
  const contents = new Map<string, ReturnType<typeof contentDigest>>();
  for (let from = 0; from < ids.length;) {
    const asked = ids.slice(from, from + lookupSize);
    const { data, rest = [] } = await history.byIds(asked, { toolsets: 'reference' });
    for (const row of data) contents.set(row.id, contentDigest(row));
    from += asked.length - rest.length;
  }
  return contents;
}

async function* allOf(datasets: Datasets, tenant: string): AsyncGenerator<DatasetView> {
  let after: Parameters<Datasets['list']>[0]['after'] = null;
  for (;;) {
    const page: DatasetView[] = await datasets.list({ tenant, after, limit: pageSize });
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < pageSize) return;
    after = { createdAt: last.created_at, version: last.dataset_version };
  }
}
