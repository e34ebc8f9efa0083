import type { ArtifactStore } from '@retort/artifact-store';
import { deployModel, rollBackModel } from '@retort/contracts';
import { fault } from '@retort/kernel';
import { answer, mount, type Routes } from '@retort/service-kit';
import { comparisonWithServing } from '../app/held-out-turns.ts';
import type { ModelRegistry } from '../app/model-registry.ts';
import type { GatePolicy } from '../domain/gate.ts';

export function deploymentRoutes(
  app: Routes,
  { registry, artifacts, policy }: { registry: ModelRegistry; artifacts: ArtifactStore; policy: GatePolicy },
): void {
  mount(app, deployModel, async ({ body, caller: { tenant }, trace }) => {
    const { model, model_version: version, strategy, accept: accepted } = body;
    if (strategy !== 'full')
      throw fault('deployment.strategy-unsupported', {
        public: `This platform deploys a model to all of its traffic; ${strategy} is not offered.`,
        errors: [{ pointer: '/strategy', message: 'expected full' }],
      });
    const { state: before } = await registry.load({ tenant, model });
    const comparison = (await comparisonWithServing(artifacts, before, version)) ?? undefined;
    const command = { type: 'Deploy', model, version, policy, by: 'approver', comparison, accepted } as const;
    const { state } = await registry.handle({ tenant, model }, command, trace);
    const deployed = state.serving === version;
    const reasons = deployed ? [] : (state.versions.get(version)?.refusal?.reasons ?? []);
    const view = { model, model_version: version, reasons: [...reasons] };
    return deployed ? answer(200, { ...view, state: 'deployed' }) : answer(409, { ...view, state: 'refused' });
  });
  mount(app, rollBackModel, async ({ params: { model }, body: { reason, from }, caller: { tenant }, trace }) => {
    const { state } = await registry.handle({ tenant, model }, { type: 'RollBack', model, reason, from }, trace);
    return { model, serving: state.serving, versions: state.versions.size };
  });
}
