export interface ProposedEvent {
  id: string;
  type: string;
  contentType: string;
  data: Uint8Array;
  metadata: Uint8Array;
}

export interface LoggedEvent extends ProposedEvent {
  stream: string;
  revision: number;
  /** Commit position, and prepare position: of a write without an explicit transaction they are the same. */
  position: number;
  /** 100 ns since 1970. */
  created: string;
}

export type Expected = 'any' | 'no-stream' | 'stream-exists' | number;

export type Verdict =
  | { kind: 'stored'; revision: number; position: number }
  /** The write is a repetition. Position and revision are those of the first time. */
  | { kind: 'idempotent'; revision: number; position: number }
  /** `current` is -1 where there is no such stream. */
  | { kind: 'wrong-expected-version'; current: number };
