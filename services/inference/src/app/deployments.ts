import type { Queryable } from '@retort/postgres';
import type { ReceivedEvent } from '@retort/service-kit';
import type { Rollout } from '../domain/rollout.ts';

export interface Deployment {
  tenant: string;
  model: string;
  /** null: nobody serves. */
  modelVersion: string | null;
  artifact: string | null;
  /** Who challenges what serves. */
  rollout: Rollout | null;
}

export interface Deployments {
  all(): Promise<Deployment[]>;
  deployed(event: ReceivedEvent<'MODEL_DEPLOYED'>, transaction: Queryable): Promise<void>;
  rolledBack(event: ReceivedEvent<'MODEL_ROLLED_BACK'>, transaction: Queryable): Promise<void>;
  challenges(event: ReceivedEvent<'MODEL_ROLLOUT_STARTED'>, transaction: Queryable): Promise<void>;
  challengesNoMore(event: ReceivedEvent<'MODEL_ROLLOUT_ENDED'>, transaction: Queryable): Promise<void>;
}
