import type { ArtifactStore } from '@retort/artifact-store';
import { guaranteeInWords } from '@retort/contracts';
import { boundedCache, isFault, type Clock } from '@retort/kernel';
import type { ServiceContext, Trace } from '@retort/service-kit';
import { loadStudent, type Student } from '@retort/student';
import type { Rollout } from '../domain/rollout.ts';
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

/** A version that challenges what serves. */
export interface Challenger {
  loaded: LoadedModel;
  rollout: Rollout;
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
  challenging(tenant: string, model: string): Challenger | undefined;
  challengers(): Challenger[];
  /** Another version, loaded when it is first asked for.
   *  @throws `model.unknown`, `model.unknown-version` (404), and what a corrupt artifact throws */
  version(request: VersionRequest): Promise<LoadedModel>;
  /** Brings what is loaded in line with what should serve. An artifact that cannot be loaded is refused: what served
   *  before goes on, and it is tried again after a while. */
  reconcile(wanted: readonly Deployment[]): Promise<void>;
}

export interface ModelsPorts {
  artifacts: ArtifactStore;
  artifactOf: ArtifactOf;
  clock: Clock;
  log: ServiceContext<unknown>['log'];
  versionsKept: number;
  /** Told of a version that should serve and could not be loaded. */
  onRefused(model: string): void;
  /** Told of a challenger that could not be loaded. */
  onChallengerRefused(deployment: Deployment & { rollout: Rollout }): void;
}

const tryAgainAfterMs = 30_000;

export function models({ artifacts, artifactOf, clock, log, versionsKept, ...told }: ModelsPorts): Models {
  const serving = new Map<string, LoadedModel>();
  const challengers = new Map<string, Challenger>();
  const byVersion = boundedCache<Promise<LoadedModel>>(versionsKept);
  const refused = new Map<string, number>();

  async function load(what: Omit<LoadedModel, 'student' | 'guarantee' | 'loadedAt'>): Promise<LoadedModel> {
    const student = loadStudent(await artifacts.get(what.artifact));
    return { ...what, student, guarantee: guaranteeInWords(student.guarantee), loadedAt: clock().toISOString() };
  }

  /** What is in memory serves at once: the version before when it is rolled back to, the challenger when it is promoted. */
  function loadOrKept(key: string, what: Parameters<typeof load>[0]): Promise<LoadedModel> {
    const { modelVersion } = what;
    const kept = [serving.get(key), challengers.get(key)?.loaded].find((one) => one?.modelVersion === modelVersion);
    return Promise.resolve(kept ?? byVersion.get(`${key} ${modelVersion}`) ?? load(what));
  }

  function keep(key: string, loaded: LoadedModel | undefined): void {
    if (loaded) byVersion.set(`${key} ${loaded.modelVersion}`, Promise.resolve(loaded));
  }

  async function challenge(key: string, deployment: Deployment): Promise<void> {
    const { tenant, model, rollout } = deployment;
    const current = challengers.get(key);
    if (!rollout) {
      if (!challengers.delete(key)) return;
      keep(key, current?.loaded);
      return log.info({ tenant, model, model_version: current?.loaded.modelVersion }, 'a version challenges no more');
    }
    const { modelVersion, artifact } = rollout;
    try {
      const loaded = await loadOrKept(key, { tenant, model, modelVersion, artifact });
      challengers.set(key, { loaded, rollout });
      if (current?.rollout.id !== rollout.id)
        log.info({ tenant, model, model_version: modelVersion }, 'a version challenges');
    } catch (error) {
      challengers.delete(key);
      log.error({ tenant, model, model_version: modelVersion, err: error }, 'a challenger could not be loaded');
      told.onChallengerRefused({ ...deployment, rollout });
    }
  }

  async function take(key: string, { tenant, model, modelVersion, artifact }: Deployment): Promise<void> {
    if (modelVersion === null || artifact === null) {
      keep(key, serving.get(key));
      if (serving.delete(key)) log.info({ tenant, model }, 'no version serves any more');
      return;
    }
    if (serving.get(key)?.modelVersion === modelVersion) return;
    const attempt = `${key} ${artifact}`;
    if ((refused.get(attempt) ?? 0) > clock().getTime()) return;
    try {
      const loaded = await loadOrKept(key, { tenant, model, modelVersion, artifact });
      keep(key, serving.get(key));
      // One assignment: a request sees the version before or the version after, whole.
      serving.set(key, loaded);
      refused.delete(attempt);
      log.info({ tenant, model, model_version: modelVersion }, 'a model version serves');
    } catch (error) {
      refused.set(attempt, clock().getTime() + tryAgainAfterMs);
      told.onRefused(model);
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
    challenging: (tenant, model) => challengers.get(keyOf(tenant, model)),
    challengers: () => [...challengers.values()],
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
      for (const deployment of wanted) {
        const key = keyOf(deployment.tenant, deployment.model);
        await take(key, deployment);
        await challenge(key, deployment);
      }
      // A tenant that is deleted takes its deployments along.
      const known = new Set(wanted.map(({ tenant, model }) => keyOf(tenant, model)));
      for (const loaded of [serving, challengers])
        for (const key of loaded.keys()) if (!known.has(key)) loaded.delete(key);
    },
  };
}

function keyOf(tenant: string, model: string): string {
  return `${tenant} ${model}`;
}
