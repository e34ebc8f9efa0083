import { getDataset, listDatasetRows, listDatasets, timestamp } from '@retort/contracts';
import { fault } from '@retort/kernel';
import {
  lines,
  mount,
  pageMap,
  pageOf,
  tagged,
  verbatim,
  type InProcessRequest,
  type Routes,
  type Trace,
} from '@retort/service-kit';
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

export function datasetRoutes(app: Routes, ports: DatasetPorts): void {
  const { datasets } = ports;
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

  mount(app, listDatasetRows, async ({ params: { version }, query, caller: { tenant }, trace, wanted }) => {
    const asked = { tenant, trace, version, query };
    // Rows were checked where they came from; walking each a second time would cost more than reading it.
    return wanted === 'lines' ? lines((await rowsOf(ports, asked)).lines()) : verbatim(await rowPage(ports, asked));
  });
}

/** For services of the same process: a page of rows is neither written nor read on its way to the catalog. */
export function datasetRowsInProcess(ports: DatasetPorts) {
  return ({ tenant, trace, params: { version }, query }: InProcessRequest<typeof listDatasetRows>) =>
    rowPage(ports, { tenant, trace, version, query: listDatasetRows.query.parse(query ?? {}) });
}

interface AskedRows {
  tenant: string;
  trace: Trace;
  version: string;
  query: z.infer<typeof listDatasetRows.query>;
}

async function rowsOf({ datasets, history, manifests, expires }: DatasetPorts, asked: AskedRows) {
  const { tenant, trace, version, query } = asked;
  const dataset = known(await datasets.find(tenant, version));
  return datasetRows({
    history: history(tenant, trace),
    manifest: await manifests.read(dataset.manifest),
    toolsets: query.toolsets,
    recordedAsOf: query.recorded_as_of,
    succeededBy: dataset.succeeded_by,
    expires,
  });
}

async function rowPage(ports: DatasetPorts, asked: AskedRows) {
  const { rowsFrom } = await rowsOf(ports, asked);
  const page = await pageOf({
    area: 'curation',
    query: { ...asked.query, version: asked.version },
    position: z.int().min(0),
    read: (after, limit) => numbered(rowsFrom, after ?? 0, limit),
    positionOf: ({ index }) => index + 1,
  });
  return pageMap(page, ({ row }) => row);
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
