import { getModelVersion } from '@retort/contracts';
import type { ServiceClient } from '@retort/service-kit';
import type { ArtifactOf } from '../app/models.ts';

export function registeredVersions(http: ServiceClient): ArtifactOf {
  return async ({ tenant, model, modelVersion: version, trace }) => {
    const { artifact } = await http.as(tenant, trace).call(getModelVersion, { params: { model, version } });
    return artifact;
  };
}
