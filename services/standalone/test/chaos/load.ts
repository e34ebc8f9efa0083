import { setTimeout as delay } from 'node:timers/promises';
import { batchResult, recordDecision, recordDecisions } from '@retort/contracts';

export interface Target {
  url: string;
  apiKey: string;
}

export interface Load {
  /** Decisions acknowledged so far. */
  acknowledged(): number;
  /** How often each status was answered; 0 where no answer came. */
  statuses: Map<number, number>;
  /** Lets every writer finish what it has in hand: agent → how many of its decisions were acknowledged. */
  stop(): Promise<Map<string, number>>;
}

const singleWriters = 8;
const batchWriters = 2;
const batchSize = 20;
const pauseMs = 25;
const patienceMs = 20_000;

export const idOf = (agent: string, number: number) => `${agent}-${number}`;

/** Agents that decide one thing after the other. What is not acknowledged they send again, with the same id: it may have
 *  been recorded all the same, and must not be recorded twice. */
export function startLoad(target: () => Target): Load {
  const statuses = new Map<number, number>();
  const written = new Map<string, number>();
  let running = true;
  let acknowledged = 0;

  async function send(path: string, body: string, type: string): Promise<boolean> {
    const { url, apiKey } = target();
    const { status, text } = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': type },
      body,
      signal: AbortSignal.timeout(patienceMs),
    }).then(
      async (response) => ({ status: response.status, text: await response.text() }),
      // The connection broke: what was not acknowledged is not guaranteed.
      () => ({ status: 0, text: '' }),
    );
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status === 207) return batchResult.parse(JSON.parse(text)).rejected === 0;
    return status >= 200 && status < 300;
  }

  async function write(agent: string, size: number): Promise<void> {
    const { path } = size === 1 ? recordDecision : recordDecisions;
    const type = size === 1 ? 'application/json' : 'application/x-ndjson';
    for (let number = 0; running; number += size) {
      const body = Array.from({ length: size }, (_, offset) => decision(agent, number + offset)).join('\n');
      while (!(await send(path, body, type))) await delay(pauseMs);
      acknowledged += size;
      written.set(agent, number + size);
    }
  }

  const writing = [
    ...Array.from({ length: singleWriters }, (_, index) => write(`single${index}`, 1)),
    ...Array.from({ length: batchWriters }, (_, index) => write(`batch${index}`, batchSize)),
  ];
  return {
    acknowledged: () => acknowledged,
    statuses,
    async stop() {
      running = false;
      await Promise.all(writing);
      return written;
    },
  };
}

function decision(agent: string, number: number): string {
  return JSON.stringify({
    id: idOf(agent, number),
    agent_id: agent,
    context: { query: `what about ${number}` },
    tools_available: [{ name: 'look_up' }],
    tool_selected: 'look_up',
  });
}
