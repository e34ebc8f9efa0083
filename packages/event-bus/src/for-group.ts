import type { MessageAttributes } from './port.ts';

/** Whether a message is for a group. A message is for every group, except a replayed dead letter: it is for the group it came from. */
export function isFor(group: string, { forgroup }: Pick<MessageAttributes, 'forgroup'>): boolean {
  return forgroup === undefined || forgroup === group;
}
