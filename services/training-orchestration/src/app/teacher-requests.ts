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
  remember(key: Key, request: TeacherRequest): Promise<void>;
}
