import type { Check } from '../http/health.ts';
import type { ServiceContext, BuiltService } from '../types.ts';

/** A service that this process hosts, or what it answers itself. */
export interface Hosted {
  name: string;
  context: ServiceContext<unknown>;
  built: BuiltService;
  /** What readiness asks of it. */
  checks: Record<string, Check>;
}
