/** When an agent runs by itself. */
export type Schedule = { everyMs: number } | { dailyAtUtc: `${number}:${number}` };

/** The first moment after `last` at which the schedule is due; `since` is when the agent first came up. */
export function nextDue(schedule: Schedule, last: Date): Date {
  if ('everyMs' in schedule) return new Date(last.getTime() + schedule.everyMs);
  const [hours, minutes] = schedule.dailyAtUtc.split(':').map(Number) as [number, number];
  const due = new Date(last);
  due.setUTCHours(hours, minutes, 0, 0);
  if (due <= last) due.setUTCDate(due.getUTCDate() + 1);
  return due;
}
