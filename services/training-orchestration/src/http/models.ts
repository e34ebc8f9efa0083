import type { ArtifactStore } from '@retort/artifact-store';
import { modelCard as modelCardView, modelVersionView, modelView, page } from '@retort/contracts';
import { fault } from '@retort/kernel';
import type { Routes } from '@retort/service-kit';
import type { ToolFloors } from '@retort/student';
import { z } from 'zod';
import { existingModel, type ModelReference, type ModelRegistry } from '../app/model-registry.ts';
import { modelCard } from '../domain/model-card.ts';
import { stageHistory } from '../domain/stage-history.ts';
import { modelVersionViewOf } from './views.ts';

const modelParameters = z.object({ model: z.string() });
const versionParameters = z.object({ model: z.string(), version: z.string() });
const config = { scope: 'models:read' } as const;

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
    if (version) return modelVersionViewOf(history, version);
    throw unknownVersion(name);
  };

  app.get(
    '/api/v1/models',
    {
      config,
      schema: { summary: 'The models of the tenant', operationId: 'listModels', response: { 200: page(modelView) } },
    },
    async ({ caller: { tenant } }) => {
      const names = await registry.names(tenant);
      const data = await Promise.all(
        names.map(async (model) => {
          const { state } = await registry.load({ tenant, model });
          return { model, serving: state.serving, versions: state.versions.size };
        }),
      );
      return { data, next_cursor: null, has_more: false };
    },
  );
  app.get(
    '/api/v1/models/:model',
    {
      config,
      schema: {
        summary: 'A model with its versions, the newest first',
        operationId: 'getModel',
        params: modelParameters,
        response: { 200: modelView.extend({ data: z.array(modelVersionView) }) },
      },
    },
    async ({ caller: { tenant }, params: { model } }) => {
      const history = await existingModel(registry, { tenant, model });
      const versions = [...history.state.versions.values()].reverse();
      return {
        model,
        serving: history.state.serving,
        versions: versions.length,
        data: versions.map((version) => modelVersionViewOf(history, version)),
      };
    },
  );
  app.get(
    '/api/v1/models/:model/versions/:version',
    {
      config,
      schema: {
        summary: 'A version of a model',
        operationId: 'getModelVersion',
        params: versionParameters,
        response: { 200: modelVersionView },
      },
    },
    ({ caller: { tenant }, params: { model, version } }) => readVersion({ tenant, model }, version),
  );
  app.get(
    '/api/v1/models/:model/versions/:version/card',
    {
      config,
      schema: {
        summary:
          'What a version is for, what it learnt from, what it promises, how it was measured, where its limits are',
        operationId: 'getModelCard',
        params: versionParameters,
        response: { 200: modelCardView },
      },
    },
    async ({ caller: { tenant }, params: { model, version: name } }) => {
      const { state, trainedAt, history } = await existingModel(registry, { tenant, model });
      const version = state.versions.get(name);
      if (!version) throw unknownVersion(name);
      const stages = stageHistory(history, name);
      return { ...modelCard(version, { stages, floors }), created_at: trainedAt.get(name)! };
    },
  );
  app.get(
    '/api/v1/models/:model/versions/:version/artifact',
    {
      config,
      schema: {
        summary: 'The student itself: one self-contained file',
        operationId: 'getModelArtifact',
        params: versionParameters,
      },
    },
    async (request, reply) => {
      const { tenant } = request.caller;
      const { model, version } = request.params;
      const { artifact } = await readVersion({ tenant, model }, version);
      const etag = `"${artifact}"`;
      reply.header('etag', etag).header('cache-control', 'private, max-age=31536000, immutable');
      if (request.headers['if-none-match'] === etag) return reply.status(304).send();
      return reply
        .header('content-type', 'application/octet-stream')
        .header('content-disposition', `attachment; filename="${version}.student"`)
        .send(Buffer.from(await artifacts.get(artifact)));
    },
  );
}

function unknownVersion(name: string): Error {
  return fault('model.unknown-version', {
    public: `There is no model version ${name}.`,
  });
}
