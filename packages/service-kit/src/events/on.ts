import type { EventType } from '@retort/contracts';
import type { Subscription } from '../types.ts';

/** A subscription whose handler is typed by its event. */
export function on<Type extends EventType>(type: Type, handle: Subscription<Type>['handle']): Subscription {
  // The dispatcher hands each subscription events of its own type only.
  return { type, handle: handle as Subscription['handle'] };
}
