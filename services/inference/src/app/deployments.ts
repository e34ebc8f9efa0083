import type { Queryable } from '@retort/postgres';
import type { ReceivedEvent } from '@retort/service-kit';

export interface Deployment {
  tenant: string;
  model: string;
  /** null: nobody serves. */
  modelVersion: string | null;
  artifact: string | null;
}

export interface Deployments {
  all(): Promise<Deployment[]>;
  deployed(event: ReceivedEvent<'MODEL_DEPLOYED'>, transaction: Queryable): Promise<void>;
  rolledBack(event: ReceivedEvent<'MODEL_ROLLED_BACK'>, transaction: Queryable): Promise<void>;
}
