import { weightOf, type EventStore, type NewEvent, type RecordedEvent } from '@retort/event-store';
import { fault } from '@retort/kernel';
import { compareLogs, type Comparison } from './compare-logs.ts';

export interface MoveLogPorts {
  from: Pick<EventStore, 'readAll'>;
  to: Pick<EventStore, 'name' | 'readAll' | 'append' | 'maxAppendBytes'>;
  /** Called with events that are in the other log now. */
  onMoved(events: readonly RecordedEvent[]): Promise<void>;
  onProgress(step: 'comparing' | 'moving' | 'verifying', events: number): void;
}

export interface MovedLog {
  events: number;
  /** Of these, moved this time. */
  moved: number;
  /** Stands for all of them, in both logs. */
  digest: string;
}

const eventsAtOnce = 100;

/** Brings a log into another store, event by event in its order, each with its id, its time and its bytes. What came over
 *  before is compared, not moved again: interrupted, it goes on where it stood. At the end both logs are read once more and are the
 *  same, or it fails.
 *  @throws `move.other-log` (409) where the other log holds something else, `move.log-differs` (500) */
export async function moveLog({ from, to, onMoved, onProgress }: MoveLogPorts): Promise<MovedLog> {
  const before = await compareLogs(from, to, (events) => onProgress('comparing', events));
  if (before.other !== null) throw otherLog(to.name, before);
  let moved = 0;
  for await (const run of runsOf(remaining(from, before), to.maxAppendBytes)) {
    const [first] = run as [RecordedEvent];
    await to.append({
      stream: first.stream,
      expected: first.revision === 0n ? 'no-stream' : first.revision - 1n,
      events: run.map(asMoved),
    });
    await onMoved(run);
    moved += run.length;
    onProgress('moving', before.same + moved);
  }
  const after = await compareLogs(from, to, (events) => onProgress('verifying', events));
  if (after.next !== null || after.other !== null) throw differs(to.name, after);
  return { events: after.same, moved, digest: after.digest };
}

/** The event as it is appended elsewhere: the time at which it was recorded goes with it. */
function asMoved({ recordedAt, stream: _, revision: __, position: ___, ...event }: RecordedEvent): NewEvent {
  return { ...event, firstRecordedAt: recordedAt };
}

async function* remaining(from: MoveLogPorts['from'], { same }: Comparison): AsyncGenerator<RecordedEvent> {
  let passed = 0;
  for await (const event of from.readAll()) if (passed++ >= same) yield event;
}

/** Neighbours of one stream, as many as the store takes at once: the order of the whole log stays. */
async function* runsOf(events: AsyncIterable<RecordedEvent>, maxBytes: number): AsyncGenerator<RecordedEvent[]> {
  let run: RecordedEvent[] = [];
  let weight = 0;
  for await (const event of events) {
    const own = weightOf(event);
    const isFull = run.length === eventsAtOnce || weight + own > maxBytes;
    if (run.length > 0 && (isFull || run[0]!.stream !== event.stream)) {
      yield run;
      run = [];
      weight = 0;
    }
    run.push(event);
    weight += own;
  }
  if (run.length > 0) yield run;
}

function otherLog(store: string, { same, next, other }: Comparison) {
  const goesOn = next === null;
  return fault('move.other-log', {
    public: goesOn
      ? `The event store (${store}) goes on behind the ${same} events that are to be moved: a platform has begun there.`
      : `The event store (${store}) holds another log: it differs at event ${same + 1}.`,
    internal: { same, next: next?.id, other: other?.id },
  });
}

function differs(store: string, { same, next, other }: Comparison) {
  return fault('move.log-differs', {
    public: `The log in the event store (${store}) is not what was moved: it differs at event ${same + 1}.`,
    internal: { same, next: next?.id, other: other?.id },
  });
}
