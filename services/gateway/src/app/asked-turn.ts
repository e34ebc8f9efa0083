import type { Body } from './drop-in.ts';
import type { Author } from './ports.ts';
import type { NamedPrompt } from './prompts.ts';

export type Mode = 'student-first' | 'teacher-only' | 'shadow';

/** A request as it arrived. */
export interface AskedTurn {
  author: Author;
  keyId: string;
  agent: string;
  session: string | undefined;
  mode: Mode;
  /** What the teacher is told before the agent's own instructions. */
  prompt: NamedPrompt | undefined;
  /** For the upstream. */
  headers: Readonly<Record<string, string>>;
  raw: Uint8Array;
  /** null: it is no JSON object. */
  body: Body | null;
  /** Whether the caller may have its turns recorded. */
  isRecorded: boolean;
  /** Aborts when the caller leaves. Made for those who are to wait. */
  signal(): AbortSignal;
}
