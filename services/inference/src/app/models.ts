import type { ArtifactStore } from '@retort/artifact-store';
import { guaranteeInWords } from '@retort/contracts';
import { boundedCache, isFault, type Clock } from '@retort/kernel';
import type { ServiceContext, Trace } from '@retort/service-kit';
import { loadStudent, type Student } from '@retort/student';
import type { Deployment } from './deployments.ts';

export interface LoadedModel {
  tenant: string;
  model: string;
  modelVersion: string;
  artifact: string;
  loadedAt: string;
  /** What it guarantees, in words. */
  guarantee: string;
  student: Student;
}

export interface VersionRequest {
  tenant: string;
  model: string;
  modelVersion: string;
  trace: Trace;
}

/** The artifact of a version that the registry of models knows.
 *  @throws `model.unknown`, `model.unknown-version` (404) */
export type ArtifactOf = (version: VersionRequest) => Promise<string>;

export interface Models {
  /** What serves now. */
  serving(tenant: string, model: string): LoadedModel | undefined;
  servingOf(tenant: string): LoadedModel[];
  /** Another version, loaded when it is first asked for.
   *  @throws `model.unknown`, `model.unknown-version` (404), and what a corrupt artifact throws */
  version(request: VersionRequest): Promise<LoadedModel>;
  /** Brings what is loaded in line with what should serve. An artifact that cannot be loaded is refused: what served
   *  before goes on, and it is tried again after a while. */
  reconcile(wanted: readonly Deployment[]): Promise<void>;
}

export interface ModelsOptions {
  artifacts: ArtifactStore;
  artifactOf: ArtifactOf;
  clock: Clock;
  log: ServiceContext<unknown>['log'];
  versionsKept: number;
  /** Told of a version that should serve and could not be loaded. */
  onRefused(model: string): void;
}

const tryAgainAfterMs = 30_000;

export function models({ artifacts, artifactOf, clock, log, versionsKept, onRefused }: ModelsOptions): Models {
  const serving = new Map<string, LoadedModel>();
  const byVersion = boundedCache<Promise<LoadedModel>>(versionsKept);
  const refused = new Map<string, number>();

  async function load(what: Omit<LoadedModel, 'student' | 'guarantee' | 'loadedAt'>): Promise<LoadedModel> {
    const student = loadStudent(await artifacts.get(what.artifact));
    return { ...what, student, guarantee: guaranteeInWords(student.guarantee), loadedAt: clock().toISOString() };
  }

  async function take(key: string, { tenant, model, modelVersion, artifact }: Deployment): Promise<void> {
    if (modelVersion === null || artifact === null) {
      if (serving.delete(key)) log.info({ tenant, model }, 'no version serves any more');
      return;
    }
    if (serving.get(key)?.modelVersion === modelVersion) return;
    const attempt = `${key} ${artifact}`;
    if ((refused.get(attempt) ?? 0) > clock().getTime()) return;
    try {
      const loaded = await load({ tenant, model, modelVersion, artifact });
      // One assignment: a request sees the version before or the version after, whole.
      serving.set(key, loaded);
      refused.delete(attempt);
      log.info({ tenant, model, model_version: modelVersion }, 'a model version serves');
    } catch (error) {
      refused.set(attempt, clock().getTime() + tryAgainAfterMs);
      onRefused(model);
      log.error(
        {
          tenant,
          model,
          model_version: modelVersion,
          stays: serving.get(key)?.modelVersion ?? null,
          err: error,
        },
        'a model version was refused',
      );
    }
  }

  return {
    serving: (tenant, model) => serving.get(keyOf(tenant, model)),
    servingOf: (tenant) => [...serving.values()].filter((loaded) => loaded.tenant === tenant),
    async version({ tenant, model, modelVersion, trace }) {
      const current = serving.get(keyOf(tenant, model));
      if (current?.modelVersion === modelVersion) return current;
      const key = `${keyOf(tenant, model)} ${modelVersion}`;
      const loading =
        byVersion.get(key) ??
        artifactOf({ tenant, model, modelVersion, trace }).then((artifact) =>
          load({ tenant, model, modelVersion, artifact }),
        );
      byVersion.set(key, loading);
      return loading.catch((error: unknown) => {
        byVersion.delete(key);
        if (!isFault(error)) log.error({ err: error }, 'a model version could not be loaded');
        throw error;
      });
    },
    async reconcile(wanted) {
      for (const deployment of wanted) await take(keyOf(deployment.tenant, deployment.model), deployment);
      // A tenant that is deleted takes its deployments along.
      const known = new Set(wanted.map(({ tenant, model }) => keyOf(tenant, model)));
      for (const key of serving.keys()) if (!known.has(key)) serving.delete(key);
    },
  };
}

function keyOf(tenant: string, model: string): string {
  return `${tenant} ${model}`;
}
