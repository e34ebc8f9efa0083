import type { Check } from '../http/health.ts';
import type { ServiceContext, ServiceDefinition, ServiceParts } from '../types.ts';

/** A service that this process hosts. */
export interface Hosted {
  definition: ServiceDefinition;
  context: ServiceContext<unknown>;
  parts: ServiceParts;
  /** What readiness asks of it. */
  checks: Record<string, Check>;
}
