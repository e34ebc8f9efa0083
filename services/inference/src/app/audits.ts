import type { ServedSlice } from '@retort/contracts';
import type { AuditEvidence } from '@retort/statistics';
import type { Monitor, Withdrawal } from '../domain/audit.ts';

export interface VersionReference {
  tenant: string;
  model: string;
  modelVersion: string;
}
export interface Audit extends VersionReference {
  /** UUID. */
  id: string;
  tool: string | null;
  agent: string | undefined;
  /** π: with which probability it was drawn. */
  probability: number;
  wrong: boolean;
  at: Date;
}
export interface SliceRecord extends VersionReference {
  slice: ServedSlice;
  evidence: AuditEvidence;
  /** null while it is sound. */
  needed: number | null;
}

export interface AuditTable {
  /** Counts an audit for each of its slices, one audit of a version at a time; the same one again changes nothing. Returns
   *  the slices that it refutes. */
  count(audit: Audit, monitor: Monitor): Promise<ServedSlice[]>;
  /** Of what serves, or challenges, now. */
  withdrawn(): Promise<SliceRecord[]>;
  ofVersion(version: VersionReference): Promise<SliceRecord[]>;
  /** Withdrawals that are not on the record yet. */
  unannounced(): Promise<(Withdrawal & { tenant: string })[]>;
  announced(withdrawal: Withdrawal & { tenant: string }): Promise<void>;
}
