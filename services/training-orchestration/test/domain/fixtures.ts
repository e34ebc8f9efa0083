import type { AgreementReport, EventData, Guarantee, PairedComparison } from '@retort/contracts';
import { proportion } from '../../src/domain/calibration-report.ts';
import type { ModelEvent } from '../../src/domain/model-state.ts';

export const guarantee: Guarantee = { kind: 'ltt', target: 0.93, confidence: 0.95, threshold: 0.7 };

export interface ReportShape {
  decisions?: number;
  served?: { agreed: number; of: number };
}

export function report({ decisions = 1000, served = { agreed: 590, of: 600 } }: ReportShape = {}): AgreementReport {
  return {
    decisions,
    tool_agreement: proportion(Math.round(decisions * 0.9), decisions),
    call_agreement: proportion(Math.round(decisions * 0.85), decisions),
    coverage: proportion(served.of, decisions),
    served_tool_agreement: proportion(0, 0),
    served_call_agreement: proportion(served.agreed, served.of),
    majority_baseline: 0.2,
  };
}

const digestOf = (version: string) => `sha256:${Buffer.from(version).toString('hex').padEnd(64, '0').slice(0, 64)}`;

export function trainedData(
  version: string,
  changes: Partial<EventData<'MODEL_TRAINED'>> = {},
): EventData<'MODEL_TRAINED'> {
  return {
    run_id: 'run-1',
    model: 'tool-calling',
    model_version: version,
    artifact: digestOf(version),
    artifact_bytes: 1000,
    dataset_version: 'd1',
    dataset_digest: digestOf('d1'),
    rows: 1000,
    tools: 5,
    train_seconds: 1.5,
    guarantee,
    configuration: {},
    ...changes,
  };
}

export const trained = (version: string, changes?: Parameters<typeof trainedData>[1]): ModelEvent => ({
  type: 'MODEL_TRAINED',
  data: trainedData(version, changes),
});

export function evaluated(
  version: string,
  { comparison, ...shape }: ReportShape & { comparison?: PairedComparison } = {},
  id = `evaluation-${version}`,
): ModelEvent {
  return {
    type: 'MODEL_EVALUATED',
    data: {
      evaluation_id: id,
      model: 'tool-calling',
      model_version: version,
      source: 'held-out calibration',
      report: report(shape),
      ...(comparison && { comparison }),
    },
  };
}

export const deployed = (version: string): ModelEvent => ({
  type: 'MODEL_DEPLOYED',
  data: {
    model: 'tool-calling',
    model_version: version,
    artifact: digestOf(version),
    strategy: 'full',
    percent: 100,
    reason: 'The gate held.',
  },
});
