import { completeTurn, type ToldTurn } from '../told-turn.ts';
import { eventCatalog, type EventData, type EventType } from './catalog.ts';

/** Lifts `data` of one schema version to the next. Stored events live for ever, so no upcaster is ever removed. */
export type Upcaster = (data: unknown) => unknown;

/** event type → from version → upcaster to the next version. */
export type Upcasters = Partial<Record<EventType, Record<number, Upcaster>>>;
const upcasters: Upcasters = {
  // A decision was one call, or none; its turn is that call, or words.
  AGENT_TOOL_SELECTED: { 1: (data) => completeTurn(data as ToldTurn) },
};

/** Brings the stored `data` of any version to the current schema and checks it.
 *  @throws ZodError when the result does not satisfy the schema; Error when no path leads from `version`. */
export function upcast<Type extends EventType>(
  type: Type,
  version: number,
  data: unknown,
  known: Upcasters = upcasters,
): EventData<Type> {
  const { version: current, data: schema } = eventCatalog[type];
  let value = data;
  for (let from = version; from < current; from++) {
    const step = known[type]?.[from];
    if (!step) throw new Error(`${type}: no upcaster from version ${from} to ${from + 1}`);
    value = step(value);
  }
  if (version > current) throw new Error(`${type}: version ${version} is newer than this program's ${current}`);
  return schema.parse(value) as EventData<Type>;
}
