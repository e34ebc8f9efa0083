import { getDataset, listDatasetRows, listDatasets, timestamp } from '@retort/contracts';
import { fault } from '@retort/kernel';
import { lines, mount, pageOf, tagged, verbatim, type Routes } from '@retort/service-kit';
import { z } from 'zod';
import { datasetRows, type ManifestReader } from '../app/dataset-rows.ts';
import type { Datasets } from '../app/datasets.ts';
import type { HistoryOf } from '../app/decision-history.ts';

export interface DatasetPorts {
  datasets: Datasets;
  history: HistoryOf;
  manifests: ManifestReader;
  /** Whether decisions are kept for a number of days only. */
  expires: boolean;
}

const datasetPosition = z.object({ createdAt: timestamp, version: z.string() });

export function datasetRoutes(app: Routes, { datasets, history, manifests, expires }: DatasetPorts): void {
  mount(app, listDatasets, ({ query, caller: { tenant } }) =>
    pageOf({
      area: 'curation',
      query,
      position: datasetPosition,
      positionOf: ({ created_at, dataset_version }) => ({ createdAt: created_at, version: dataset_version }),
      read: (after, limit) => datasets.list({ tenant, purpose: query.purpose, after, limit }),
    }),
  );

  mount(app, getDataset, async ({ params, caller, request }) => {
    const dataset = known(await datasets.find(caller.tenant, params.version));
    return tagged(`"${dataset.digest}"`, dataset, request);
  });

  mount(app, listDatasetRows, async ({ params, query, caller: { tenant }, trace, wanted }) => {
    const dataset = known(await datasets.find(tenant, params.version));
    const rows = datasetRows({
      history: history(tenant, trace),
      manifest: await manifests.read(dataset.manifest),
      toolsets: query.toolsets,
      recordedAsOf: query.recorded_as_of,
      succeededBy: dataset.succeeded_by,
      expires,
    });
    if (wanted === 'lines') return lines(rows.lines());
    const page = await pageOf({
      area: 'curation',
      query: { ...query, version: dataset.dataset_version },
      position: z.int().min(0),
      read: (after, limit) => numbered(rows.rowsFrom, after ?? 0, limit),
      positionOf: ({ index }) => index + 1,
    });
    // Rows were checked where they came from; walking each a second time would cost more than reading it.
    return verbatim({ ...page, data: page.data.map(({ row }) => row) });
  });
}

async function* numbered<Row>(
  rowsFrom: (start: number, end: number) => AsyncIterable<Row>,
  start: number,
  limit: number,
) {
  let index = start;
  for await (const row of rowsFrom(start, start + limit)) yield { index: index++, row };
}

function known<Dataset>(dataset: Dataset | null): Dataset {
  if (dataset !== null) return dataset;
  throw fault('curation.dataset-unknown', { public: 'There is no such version of distillation_training_data.' });
}
