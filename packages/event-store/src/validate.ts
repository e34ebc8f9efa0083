/// <reference lib="es2024.string" />
import { fault, type Fault } from '@retort/kernel';
import type { AppendRequest, NewEvent } from './port.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** What makes a request unfit for any log, or undefined. Cheap: the JSON itself is checked by the store. */
export function unfit(request: AppendRequest): Fault | undefined {
  if (request.events.length === 0) return rejection('', 'there is no event in it');
  if (!isText(request.stream) || request.stream === '') return rejection('/stream', 'not a stream name');
  const { events } = request;
  for (let index = 0; index < events.length; index++) {
    const wrong = unfitMember(events[index]!);
    if (wrong) return rejection(`/events/${index}/${wrong.member}`, wrong.message);
  }
  if (events.length === 1) return undefined;
  const own = new Set<string>();
  for (const [index, { id }] of events.entries()) {
    if (own.has(id)) return rejection(`/events/${index}/id`, 'twice in one request');
    own.add(id);
  }
  return undefined;
}

function unfitMember(event: NewEvent): { member: keyof NewEvent; message: string } | undefined {
  if (!uuid.test(event.id)) return { member: 'id', message: 'not a UUID in lower case' };
  if (event.causationId !== null && !uuid.test(event.causationId))
    return { member: 'causationId', message: 'not a UUID in lower case' };
  if (!Number.isInteger(event.version) || event.version < 1 || event.version > 2 ** 31 - 1)
    return { member: 'version', message: 'not a positive integer' };
  const member = strangeText(event);
  return member && { member, message: 'holds a NUL character or half of a surrogate pair' };
}

/** The member that no text column holds. Named one by one: this runs for every event, and a loop over names would look
 *  each of them up anew. */
function strangeText(event: NewEvent): keyof NewEvent | undefined {
  if (!isText(event.json)) return 'json';
  if (!isText(event.type)) return 'type';
  if (!isText(event.tenant)) return 'tenant';
  if (!isText(event.aggregateType)) return 'aggregateType';
  if (!isText(event.aggregateId)) return 'aggregateId';
  if (!isText(event.occurredAt)) return 'occurredAt';
  return isText(event.correlationId) ? undefined : 'correlationId';
}

function isText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/** A request that cannot be stored whatever the log holds. */
export function rejection(pointer: string, message: string): Fault {
  return fault('event-store.rejected', {
    public: `The event cannot be stored: ${message}.`,
    errors: [{ pointer, message }],
  });
}
