import { service as curation } from '@retort/curation';
import { service as dataCatalog } from '@retort/data-catalog';
import { service as decisionIngestion } from '@retort/decision-ingestion';
import { service as evaluation } from '@retort/evaluation';
import { service as eventProjection } from '@retort/event-projection';
import { service as gateway } from '@retort/gateway';
import { service as inference } from '@retort/inference';
import { service as promptOptimization } from '@retort/prompt-optimization';
import { service as trainingOrchestration } from '@retort/training-orchestration';
import type { ServiceDefinition } from '@retort/service-kit';

/** Every service, in the order of the flow. */
export const services: readonly ServiceDefinition[] = [
  decisionIngestion,
  eventProjection,
  dataCatalog,
  curation,
  promptOptimization,
  trainingOrchestration,
  evaluation,
  inference,
  gateway,
];
