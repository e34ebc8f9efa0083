import type { EventType } from '@retort/contracts';
import type { FoldedTable, Policy, ReadModel } from '../types.ts';

/** A fold of events of one type into the service's own tables. */
export function readModel<Type extends EventType>(
  type: Type,
  apply: ReadModel<Type>['apply'],
  { fills, follows }: Pick<ReadModel, 'follows'> & { fills: readonly (string | FoldedTable)[] },
): ReadModel {
  return {
    type,
    fills: fills.map((table) => (typeof table === 'string' ? { name: table } : table)),
    // The dispatcher gives each read model events of its own type only.
    apply: apply as ReadModel['apply'],
    ...(follows && { follows }),
  };
}

/** A reaction to new events of one type. */
export function policy<Type extends EventType>(type: Type, react: Policy<Type>['react']): Policy {
  return { type, react: react as Policy['react'] };
}
