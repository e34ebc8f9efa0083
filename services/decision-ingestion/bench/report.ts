export interface IngestReport {
  mode: string;
  events_per_second: number;
  p50_ms: number;
  p99_ms: number;
  /** Single events only: latency at 16 connections. */
  p50_ms_at_16?: number;
  p99_ms_at_16?: number;
  connections: number;
  events: number;
  refused: number;
  /** Acknowledged and not in the log; more than once in the log. */
  lost: number;
  duplicated: number;
  /** One COPY of the same rows; for the SDK, the same batches made beforehand and posted one after the other. */
  ceiling_events_per_second: number;
  ratio: number;
}

export const rounded = (value: number) => Math.round(value * 1000) / 1000;
