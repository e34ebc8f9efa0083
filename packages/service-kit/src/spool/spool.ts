import { setTimeout as delay } from 'node:timers/promises';
import { fault, isFault, type JsonValue } from '@retort/kernel';
import type { Encryption } from '@retort/privacy';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { sparingLog } from '../sparing-log.ts';
import type { Loop } from '../types.ts';
import { spoolMetrics } from './metrics.ts';
import { clearLines, sealedLines } from './sealed-lines.ts';
import { openSegments } from './segments.ts';

/** Something to be delivered once. Its id is what the receiver knows it by: it may be delivered again. */
export interface SpoolRecord {
  id: string;
  kind: string;
  data: JsonValue;
}

export interface SpoolOptions {
  /** Of this process alone. */
  folder: string;
  /** Names it in metrics and messages. */
  name: string;
  /** Undelivered bytes at most: what comes beyond is refused. */
  maxBytes: number;
  /** 4 MiB when absent. */
  segmentBytes?: number;
  /** `always`: on the disk when `append` resolves; `never`: with the operating system. */
  sync: 'always' | 'never';
  /** Delivers in order. It may be asked again with what it has taken already.
   *  @throws a fault that is not retriable for what can never be delivered; anything else is tried again */
  deliver(records: readonly SpoolRecord[]): Promise<void>;
  /** What lines are encrypted with on disk; null or absent: they lie there in the clear. */
  encryption?: Pick<Encryption, 'keyOfPlatform'> | null | undefined;
  metrics: Registry;
  log: Logger;
}

/** Records on disk on their way to somebody who may be away: durable, in their order, bounded, delivered at least once. */
export interface Spool {
  /** @throws `spool.full` (503); then none of the records is kept */
  append(records: readonly SpoolRecord[]): Promise<void>;
  /** Delivers what waits now, or throws what the receiver threw. */
  flush(): Promise<void>;
  /** Delivers what comes, and tries again with what could not be delivered. It is never down: its receiver may be. */
  loop: Loop;
  close(): Promise<void>;
}

const usualSegment = 4 * 1_048_576;
const deliveryBytes = 1_048_576;
const pollMs = 250;
const longestPauseMs = 5_000;

export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { folder, name, maxBytes, segmentBytes = usualSegment, sync, deliver, log } = options;
  const form = options.encryption ? await sealedLines(folder, options.encryption) : clearLines;
  const segments = await openSegments(folder, segmentBytes);
  const count = spoolMetrics(options.metrics, { name, bytes: segments.bytes });
  const said = sparingLog(log);
  let writing: Promise<unknown> = Promise.resolve();
  let delivering: Promise<unknown> = Promise.resolve();

  function read(line: string): SpoolRecord[] {
    try {
      return [JSON.parse(form.read(line)) as SpoolRecord];
    } catch (error) {
      count('undeliverable', 1);
      log.error({ spool: name, err: error }, 'a line of the spool is damaged; it is left out');
      return [];
    }
  }

  async function one(record: SpoolRecord): Promise<void> {
    try {
      await deliver([record]);
      count('delivered', 1);
    } catch (error) {
      if (!isPermanent(error)) throw error;
      count('undeliverable', 1);
      const { id, kind } = record;
      log.error(
        { spool: name, record: id, kind, err: error },
        'a record of the spool can never be delivered; it is left out',
      );
    }
  }

  async function deliverAll(signal?: AbortSignal): Promise<void> {
    for (let next = await segments.read(deliveryBytes); next; next = await segments.read(deliveryBytes)) {
      signal?.throwIfAborted();
      const records = next.lines.flatMap(read);
      try {
        if (records.length > 0) await deliver(records);
        count('delivered', records.length);
      } catch (error) {
        if (!isPermanent(error)) throw error;
        for (const record of records) await one(record);
      }
      await segments.delivered(next.end);
    }
  }

  /** One delivery at a time: whoever asks also waits for the one under way. */
  function flush(signal?: AbortSignal): Promise<void> {
    const delivered = delivering.then(() => deliverAll(signal));
    delivering = delivered.catch(() => undefined);
    return delivered;
  }

  return {
    append(records) {
      const lines = records.map((record) => `${form.write(JSON.stringify(record))}\n`).join('');
      const written = writing.then(async () => {
        if (segments.bytes() + Buffer.byteLength(lines) > maxBytes) {
          count('refused', records.length);
          throw fault('spool.full', { retryAfter: 5, public: `The spool ${name} holds as much as it may.` });
        }
        await segments.append(lines, sync === 'always');
      });
      writing = written.catch(() => undefined);
      return written;
    },
    flush: () => flush(),
    loop: {
      name: `spool-${name}`,
      async run(signal) {
        let pauseMs = pollMs;
        while (!signal.aborted) {
          try {
            await flush(signal);
            said.over(name, `the spool ${name} is delivered again`);
            pauseMs = pollMs;
          } catch (error) {
            if (signal.aborted) return;
            said.trouble(name, `The spool ${name} waits: ${isFault(error) ? error.detail.public : String(error)}`);
            pauseMs = Math.min(2 * pauseMs, longestPauseMs);
          }
          await delay(pauseMs, undefined, { signal }).catch(() => undefined); // ended: the loop sees it
        }
      },
    },
    async close() {
      await Promise.all([writing, delivering]);
      await segments.close();
    },
  };
}

function isPermanent(error: unknown): boolean {
  return isFault(error) && !error.detail.retriable && error.detail.status < 500;
}
