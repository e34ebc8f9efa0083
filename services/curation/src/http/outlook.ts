import { getCurationOutlook } from '@retort/contracts';
import { mount, type Routes } from '@retort/service-kit';
import { curatorView, type CuratorPorts } from '../app/data-curator.ts';
import { decideCuration, decisionsNeeded, type CuratorPolicy } from '../domain/curator.ts';

export interface OutlookPorts extends CuratorPorts {
  policy: CuratorPolicy;
  /** Whether the curator acts by itself. */
  auto: boolean;
}

export function outlookRoutes(app: Routes, { policy, auto, ...ports }: OutlookPorts): void {
  mount(app, getCurationOutlook, async ({ caller: { tenant }, trace }) => {
    const view = await curatorView(ports, { tenant, trace, asked: null });
    const considered = view.lastVersion?.considered ?? 0;
    return {
      decisions: view.decisions,
      considered,
      needed: decisionsNeeded(considered, policy),
      dataset_version: view.lastVersion?.version ?? null,
      under_way: view.lastRun?.state === 'queued' || view.lastRun?.state === 'running',
      automatic: auto,
      why: decideCuration(view, policy).why,
    };
  });
}
