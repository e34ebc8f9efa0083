import type { ArtifactStore } from '@retort/artifact-store';
import { getModel, getModelArtifact, getModelCard, getModelVersion, listModels } from '@retort/contracts';
import { fault } from '@retort/kernel';
import { answer, bytes, mount, type Routes } from '@retort/service-kit';
import type { ToolFloors } from '@retort/student';
import { existingModel, type ModelReference, type ModelRegistry } from '../app/model-registry.ts';
import { modelCard } from '../domain/model-card.ts';
import { stageHistory } from '../domain/stage-history.ts';
import { modelVersionViewOf, modelViewOf } from './views.ts';

export interface ModelRoutePorts {
  registry: ModelRegistry;
  artifacts: ArtifactStore;
  /** The gate's, for students that say none. */
  floors: ToolFloors;
}

export function modelRoutes(app: Routes, { registry, artifacts, floors }: ModelRoutePorts): void {
  const readVersion = async (reference: ModelReference, name: string) => {
    const history = await existingModel(registry, reference);
    const version = history.state.versions.get(name);
    if (version) return { history, version };
    throw fault('model.unknown-version', { public: `There is no model version ${name}.` });
  };

  mount(app, listModels, async ({ caller: { tenant } }) => {
    const names = await registry.names(tenant);
    const data = await Promise.all(
      names.map(async (model) => {
        const { state } = await registry.load({ tenant, model });
        return modelViewOf(model, state);
      }),
    );
    return { data, next_cursor: null, has_more: false };
  });
  mount(app, getModel, async ({ params: { model }, caller: { tenant } }) => {
    const history = await existingModel(registry, { tenant, model });
    const versions = [...history.state.versions.values()].reverse();
    return {
      ...modelViewOf(model, history.state),
      data: versions.map((version) => modelVersionViewOf(history, version)),
    };
  });
  mount(app, getModelVersion, async ({ params: { model, version: name }, caller: { tenant } }) => {
    const { history, version } = await readVersion({ tenant, model }, name);
    return modelVersionViewOf(history, version);
  });
  mount(app, getModelCard, async ({ params: { model, version: name }, caller: { tenant } }) => {
    const { history, version } = await readVersion({ tenant, model }, name);
    const stages = stageHistory(history.history, name);
    return { ...modelCard(version, { stages, floors }), created_at: history.trainedAt.get(name)! };
  });
  mount(app, getModelArtifact, async ({ params: { model, version: name }, caller: { tenant }, request }) => {
    const { version } = await readVersion({ tenant, model }, name);
    const { artifact } = version.trained;
    const etag = `"${artifact}"`;
    const headers = { etag, 'cache-control': 'private, max-age=31536000, immutable' };
    if (request.headers['if-none-match'] === etag) return answer(304, null, headers);
    const file = bytes(Buffer.from(await artifacts.get(artifact)), 'application/octet-stream');
    return answer(200, file, { ...headers, 'content-disposition': `attachment; filename="${name}.student"` });
  });
}
