import { setTimeout as delay } from 'node:timers/promises';
import type { OwnAnswer } from '@retort/contracts';
import { answerKey, isFault, type Call, type Clock, type JsonObject, type NewId } from '@retort/kernel';
import { takingTurns, type Loop, type Spool } from '@retort/service-kit';

type Row = OwnAnswer & { tenant: string };

export interface OwnAnswerTable {
  /** What is known already stays as it was first. */
  add(answers: readonly Row[]): Promise<void>;
  all(tenant: string): AsyncIterable<OwnAnswer>;
}

interface Answered {
  tenant: string;
  context: JsonObject;
}

/** Remembers what the platform answered itself, so that no student is ever taught its own answers as the teacher's. */
export interface OwnAnswers {
  /** A student answered. `id` is the caller's own, under which it may report the decision. */
  served(answer: Answered & { id: string | undefined; calls: readonly Call[] }): void;
  /** A student left a request to the teacher. */
  left(request: Answered): void;
  /** The teacher's decision on a request that a student had answered, drawn at random: durable when it resolves. */
  audited(decision: { tenant: string; id: string }): Promise<void>;
  /** Keeps what was noted up to now on disk, on its way into the table. */
  store(): Promise<void>;
  /** Includes what was noted up to now. */
  read(tenant: string): AsyncIterable<OwnAnswer>;
  loop: Loop;
}

const storeMs = 500;
/** As many as take a fraction of a millisecond to write: answers go in between. */
const rowsPerRecord = 200;
/** Digests of a second of answers take 20 ms. */
const longestMs = 1;

export interface OwnAnswersPorts {
  table: OwnAnswerTable;
  /** Where rows wait for the table. */
  spool: Pick<Spool, 'append' | 'flush'>;
  /** π: the share of what is served that is audited. */
  share: number;
  clock: Clock;
  newId: NewId;
}

export function ownAnswers({ table, spool, share, clock, newId }: OwnAnswersPorts): OwnAnswers {
  let noted: (() => Row[])[] = [];
  let rows: Row[] = [];
  let earlier: Promise<unknown> = Promise.resolve();

  const keep = async () => {
    // Digests are taken here, not while somebody waits for an answer.
    const taken = noted;
    noted = [];
    const turn = takingTurns(longestMs);
    for (const rowsOf of taken) {
      rows.push(...rowsOf());
      await turn();
    }
    if (rows.length === 0) return;
    const keeping = rows;
    rows = [];
    try {
      await spool.append(recordsOf(keeping));
    } catch (error) {
      rows = [...keeping, ...rows];
      throw error;
    }
  };
  const recordsOf = (keeping: readonly Row[]) =>
    Array.from({ length: Math.ceil(keeping.length / rowsPerRecord) }, (_, index) => ({
      id: newId(),
      kind: 'own-answers',
      data: keeping.slice(index * rowsPerRecord, (index + 1) * rowsPerRecord).map((row) => ({ ...row })),
    }));
  const store = () => {
    const stored = earlier.then(keep);
    earlier = stored.catch(() => undefined);
    return stored;
  };
  const row = (tenant: string, answer: Pick<OwnAnswer, 'kind' | 'key' | 'at'>) => ({
    ...answer,
    tenant,
    probability: answer.kind === 'left' || answer.kind === 'audit' ? share : null,
  });

  return {
    served({ tenant, id, context, calls }) {
      const at = clock().toISOString();
      noted.push(() => [
        row(tenant, { kind: 'served', key: answerKey(context, calls), at }),
        ...(id === undefined ? [] : [row(tenant, { kind: 'named', key: id, at })]),
      ]);
    },
    left({ tenant, context }) {
      const at = clock().toISOString();
      noted.push(() => [row(tenant, { kind: 'left', key: answerKey(context), at })]);
    },
    audited({ tenant, id }) {
      const at = clock().toISOString();
      noted.push(() => [row(tenant, { kind: 'audit', key: id, at })]);
      return store();
    },
    store,
    async *read(tenant) {
      await store();
      await spool.flush();
      yield* table.all(tenant);
    },
    loop: {
      name: 'own-answers',
      async run(signal) {
        while (!signal.aborted) {
          await store().catch((error: unknown) => {
            // Full: it stays noted here, and answers go on.
            if (!isFault(error, 'spool.full')) throw error;
          });
          await delay(storeMs, undefined, { signal }).catch(() => undefined);
        }
      },
    },
  };
}
