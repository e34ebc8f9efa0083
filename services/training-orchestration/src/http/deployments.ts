import { deploymentInput, deploymentView, modelView, rollbackInput } from '@retort/contracts';
import { fault } from '@retort/kernel';
import type { Routes } from '@retort/service-kit';
import { z } from 'zod';
import type { ModelRegistry } from '../app/model-registry.ts';
import type { GatePolicy } from '../domain/gate.ts';

const config = { scope: 'models:approve' } as const;

export function deploymentRoutes(
  app: Routes,
  { registry, policy }: { registry: ModelRegistry; policy: GatePolicy },
): void {
  app.post(
    '/api/v1/deployments',
    {
      config,
      schema: {
        summary: 'Deploy a version, if the gate holds',
        operationId: 'deployModel',
        body: deploymentInput,
        response: { 200: deploymentView, 409: deploymentView },
      },
    },
    async (request, reply) => {
      const { model, model_version: version, strategy, accept: accepted } = request.body;
      if (strategy !== 'full')
        throw fault('deployment.strategy-unsupported', {
          public: `This platform deploys a model to all of its traffic; ${strategy} is not offered.`,
          errors: [{ pointer: '/strategy', message: 'expected full' }],
        });
      const reference = { tenant: request.caller.tenant, model };
      const command = { type: 'Deploy', model, version, policy, by: 'approver', accepted } as const;
      const { state } = await registry.handle(reference, command, request.trace);
      const deployed = state.serving === version;
      const reasons = deployed ? [] : (state.versions.get(version)?.refusal?.reasons ?? []);
      return reply
        .status(deployed ? 200 : 409)
        .send({ model, model_version: version, state: deployed ? 'deployed' : 'refused', reasons });
    },
  );
  app.post(
    '/api/v1/models/:model([^:]+)::rollback',
    {
      config,
      schema: {
        summary: 'Back to the version that served before; without one, to the teacher',
        operationId: 'rollBackModel',
        params: z.object({ model: z.string() }),
        body: rollbackInput.omit({ model: true }),
        response: { 200: modelView },
      },
    },
    async ({ caller: { tenant }, params: { model }, body: { reason, from }, trace }) => {
      const { state } = await registry.handle({ tenant, model }, { type: 'RollBack', model, reason, from }, trace);
      return { model, serving: state.serving, versions: state.versions.size };
    },
  );
}
