import type { ArtifactStore } from '@retort/artifact-store';
import { deployModel, listDeployments, promoteModel, rollBackModel } from '@retort/contracts';
import type { NewId } from '@retort/kernel';
import { answer, mount, type Routes } from '@retort/service-kit';
import { comparisonWithServing } from '../app/held-out-turns.ts';
import type { ModelReference, ModelRegistry } from '../app/model-registry.ts';
import { deployedModelOf } from '../domain/deployment-history.ts';
import type { GatePolicy } from '../domain/gate.ts';
import { modelViewOf } from './views.ts';

export interface DeploymentPorts {
  registry: ModelRegistry;
  artifacts: ArtifactStore;
  policy: GatePolicy;
  newId: NewId;
}

export function deploymentRoutes(app: Routes, { registry, artifacts, policy, newId }: DeploymentPorts): void {
  const judged = async (reference: ModelReference, version: string, accepted: readonly string[]) => {
    const { state } = await registry.load(reference);
    const comparison = (await comparisonWithServing(artifacts, state, version)) ?? undefined;
    return { model: reference.model, version, policy, comparison, accepted };
  };

  mount(app, listDeployments, async ({ caller: { tenant } }) => {
    const names = await registry.names(tenant);
    const data = await Promise.all(
      names.map(async (model) => deployedModelOf(model, await registry.load({ tenant, model }))),
    );
    return { data, next_cursor: null, has_more: false };
  });
  mount(app, deployModel, async ({ body, caller: { tenant }, trace }) => {
    const { model, model_version: version, strategy, percent, agents = null, guards } = body;
    const asked = await judged({ tenant, model }, version, body.accept);
    const { state } = await registry.handle(
      { tenant, model },
      strategy === 'full'
        ? { ...asked, type: 'Deploy', by: 'approver' }
        : { ...asked, type: 'Challenge', id: newId(), strategy, percent, agents, guards },
      trace,
    );
    const { refusal } = state.versions.get(version)!;
    const view = { model, model_version: version, reasons: [...(refusal?.reasons ?? [])] };
    if (refusal) return answer(409, { ...view, state: 'refused' });
    return answer(200, { ...view, state: strategy === 'full' ? 'deployed' : 'challenges' });
  });
  mount(app, promoteModel, async ({ params: { model }, body, caller: { tenant }, trace }) => {
    const asked = await judged({ tenant, model }, body.model_version, body.accept);
    const { state } = await registry.handle({ tenant, model }, { ...asked, type: 'Promote' }, trace);
    if (state.serving === body.model_version) return answer(200, modelViewOf(model, state));
    const { reasons } = state.versions.get(body.model_version)!.refusal!;
    const refused = { model, model_version: body.model_version, state: 'refused' as const, reasons: [...reasons] };
    return answer(409, refused);
  });
  mount(app, rollBackModel, async ({ params: { model }, body: { reason, from }, caller: { tenant }, trace }) => {
    const { state } = await registry.handle({ tenant, model }, { type: 'RollBack', model, reason, from }, trace);
    return modelViewOf(model, state);
  });
}
