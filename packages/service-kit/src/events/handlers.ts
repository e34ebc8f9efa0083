import type { EventType } from '@retort/contracts';
import type { Policy, ReadModel } from '../types.ts';

/** A fold of events of one type into the service's own tables. */
export function readModel<Type extends EventType>(
  type: Type,
  apply: ReadModel<Type>['apply'],
  options: Pick<ReadModel, 'follows'> = {},
): ReadModel {
  // The dispatcher gives each read model events of its own type only.
  return { type, apply: apply as ReadModel['apply'], ...options };
}

/** A reaction to new events of one type. */
export function policy<Type extends EventType>(type: Type, react: Policy<Type>['react']): Policy {
  return { type, react: react as Policy['react'] };
}
