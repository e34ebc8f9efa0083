import type { PredictionView } from '@retort/contracts';
import { Counter, Histogram, type Registry } from 'prom-client';

export interface PredictionMetrics {
  asked(model: string, seconds: number): void;
  served(model: string, by: PredictionView['served_by']): void;
  /** An answer of a student that the teacher was asked for too. */
  audited(model: string, outcome: 'right' | 'wrong' | 'failed' | 'dropped'): void;
  /** A version that should serve could not be loaded. */
  refused(model: string): void;
}

export function predictionMetrics(registry: Registry): PredictionMetrics {
  const duration = new Histogram({
    name: 'retort_student_prediction_duration_seconds',
    help: 'Time the student took for one prediction, in process.',
    labelNames: ['model'],
    buckets: [0.00001, 0.000025, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05],
    registers: [registry],
  });
  const predictions = new Counter({
    name: 'retort_predictions_total',
    help: 'Predictions by who answered.',
    labelNames: ['model', 'served_by'],
    registers: [registry],
  });
  const refusals = new Counter({
    name: 'retort_model_refusals_total',
    help: 'Attempts to load a model version that failed; what served before went on.',
    labelNames: ['model'],
    registers: [registry],
  });
  const audits = new Counter({
    name: 'retort_audits_total',
    help: 'Answers of a student that the teacher was asked for too, by outcome.',
    labelNames: ['model', 'outcome'],
    registers: [registry],
  });
  return {
    audited: (model, outcome) => audits.inc({ model, outcome }),
    refused: (model) => refusals.inc({ model }),
    asked: (model, seconds) => duration.observe({ model }, seconds),
    served: (model, by) => predictions.inc({ model, served_by: by }),
  };
}
