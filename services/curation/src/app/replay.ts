import type { ArtifactStore } from '@retort/artifact-store';
import type { DecisionReplayInput, DecisionReplayResult } from '@retort/contracts';
import type { EventStore } from '@retort/event-store';
import { fault, type Clock } from '@retort/kernel';
import type { Run, RunWork } from '@retort/service-kit';
import { recipeOf, recipeOfManifest } from '../domain/recipe.ts';
import { curateHistory, type CurateHistory, type CurateHistoryPorts } from './curate-history.ts';
import type { ManifestReader } from './dataset-rows.ts';
import type { Datasets } from './datasets.ts';
import { product } from './execute-run.ts';
import type { FindPublished, PublishedVersion } from './published-versions.ts';

export type ReplayRun = Run<DecisionReplayInput, DecisionReplayResult>;

export interface VersionToReplayPorts {
  published: FindPublished;
  clock: Clock;
}

/** The version a replay is compared with.
 *  @throws `curation.dataset-unknown` (404) when one is named that was never published */
export async function versionToReplay(
  { published: find, clock }: VersionToReplayPorts,
  { tenant, input }: Pick<ReplayRun, 'tenant' | 'input'>,
): Promise<PublishedVersion | null> {
  const by = input.recorded_as_of ?? input.as_of ?? clock().toISOString();
  const version = input.dataset_version;
  const published = await find({ tenant, product, by, version });
  if (published === null && version !== undefined) throw unknownVersion();
  return published;
}

export interface ReplayPorts extends CurateHistoryPorts, VersionToReplayPorts {
  datasets: Datasets;
  manifests: ManifestReader;
  artifacts: Pick<ArtifactStore, 'put'>;
  events: Pick<EventStore, 'head'>;
}

/** Makes the training data of a past moment again: from the log as it stood when the version of that moment was made, with
 *  that version's recipe. Where nothing had been published by then, with today's recipe from what was known.
 *  @throws `curation.dataset-unknown` (404), `curation.recipe-of-another-release`, `curation.no-decisions`,
 *          `curation.nothing-left` (409), and whatever the history or the stores throw */
export async function executeReplay(
  ports: ReplayPorts,
  run: ReplayRun,
  { signal, report }: RunWork<DecisionReplayResult>,
): Promise<DecisionReplayResult> {
  const { tenant, trace, input } = run;
  const published = await versionToReplay(ports, run);
  const source = published === null ? await known(ports, input) : await made(ports, tenant, published);
  source.history.asOf = input.as_of;
  const { output, logPosition } = await curateHistory(ports, { tenant, trace, ...source }, { signal, report });
  report({ fraction: 0.95, step: 'storing' });
  const { digest: manifest } = await ports.artifacts.put(output.manifest);
  return {
    digest: output.digest,
    rows: output.rows,
    considered: output.report.considered,
    log_position: logPosition,
    manifest,
    published: published && {
      dataset_version: published.data.dataset_version,
      digest: published.data.digest,
      log_position: published.data.log_position,
      published_at: published.publishedAt,
    },
    shredded: await ports.history(tenant, trace).shredded(),
    equal: published && output.digest === published.data.digest,
  };
}

type Source = Pick<CurateHistory, 'recipe' | 'history'>;

async function known({ events }: Pick<ReplayPorts, 'events'>, input: DecisionReplayInput): Promise<Source> {
  const recordedAsOf = input.recorded_as_of ?? input.as_of;
  return { recipe: recipeOf({}), history: { at: await events.head(), recordedAsOf } };
}

async function made(
  { datasets, manifests }: Pick<ReplayPorts, 'datasets' | 'manifests'>,
  tenant: string,
  published: PublishedVersion,
): Promise<Source> {
  const dataset = await datasets.find(tenant, published.data.dataset_version);
  if (dataset === null) throw unknownVersion();
  const manifest = await manifests.read(dataset.manifest);
  return { recipe: recipeOfManifest(manifest.recipe), history: { at: manifest.log_position } };
}

function unknownVersion() {
  return fault('curation.dataset-unknown', {
    public: 'There is no such version of distillation_training_data.',
  });
}
