import { collectArtifacts } from '@retort/contracts';
import { mount, type Routes } from '@retort/service-kit';
import type { CollectArtifacts } from '../app/collect-artifacts.ts';

export function artifactRoutes(app: Routes, collect: CollectArtifacts): void {
  mount(app, collectArtifacts, async () => {
    const { putBefore, ...collected } = await collect();
    return { put_before: putBefore.toISOString(), ...collected };
  });
}
