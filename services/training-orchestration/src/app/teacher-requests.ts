import type { Trace } from '@retort/service-kit';

/** What the teacher was asked for because a data set did not suffice. */
export interface TeacherRequest {
  asked: number;
  answered: number;
  curationRun: string | null;
}

interface Key {
  tenant: string;
  model: string;
  datasetVersion: string;
}

export interface TeacherRequests {
  of(key: Key): Promise<TeacherRequest | null>;
  /** Puts a request on the record: once for each data set. */
  record(key: Key, request: TeacherRequest, trace: Trace): Promise<void>;
}
