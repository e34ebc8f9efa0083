/** Who answered: counted for `cost_analysis`. */
export interface UsageKey {
  tenant: string;
  model: string;
  /** ISO date, UTC. */
  day: string;
}
export interface Usage {
  studentCalls: number;
  teacherCalls: number;
  /** The caller took the request to a teacher of its own. */
  callerTeacherCalls: number;
  /** The student did not serve and nobody else was asked. */
  abstentions: number;
  /** The student said no tool, and the caller accepts that. */
  noToolAnswers: number;
  studentSeconds: number;
  teacherPromptTokens: number;
  teacherCompletionTokens: number;
  /** Served answers that the teacher was asked for too, and what that took. */
  audits: number;
  auditPromptTokens: number;
  auditCompletionTokens: number;
}

export interface UsageCounter {
  add(key: UsageKey, usage: Partial<Usage>): void;
  /** What was counted since the last time, and begins anew. */
  drain(): (UsageKey & Usage)[];
}

export function usageCounter(): UsageCounter {
  let counts = new Map<string, UsageKey & Usage>();
  return {
    add(key, usage) {
      const name = `${key.day} ${key.tenant} ${key.model}`;
      const entry = counts.get(name) ?? { ...key, ...none };
      for (const field in usage) entry[field as keyof Usage] += usage[field as keyof Usage]!;
      counts.set(name, entry);
    },
    drain() {
      const drained = [...counts.values()];
      counts = new Map();
      return drained;
    },
  };
}

const msPerDay = 86_400_000;
let today = { number: NaN, text: '' };

/** ISO date, UTC. One day is asked for again and again: it is written once. */
export function dayOf(at: Date): string {
  const number = Math.floor(at.getTime() / msPerDay);
  if (number !== today.number) today = { number, text: at.toISOString().slice(0, 10) };
  return today.text;
}

const none: Usage = {
  studentCalls: 0,
  teacherCalls: 0,
  callerTeacherCalls: 0,
  abstentions: 0,
  noToolAnswers: 0,
  studentSeconds: 0,
  teacherPromptTokens: 0,
  teacherCompletionTokens: 0,
  audits: 0,
  auditPromptTokens: 0,
  auditCompletionTokens: 0,
};
