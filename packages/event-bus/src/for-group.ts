import type { MessageAttributes } from './port.ts';

/** Whether a group hears a message: all do, but for a dead letter replayed. */
export function isFor(group: string, { forgroup }: Pick<MessageAttributes, 'forgroup'>): boolean {
  return forgroup === undefined || forgroup === group;
}
