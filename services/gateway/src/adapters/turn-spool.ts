import { join } from 'node:path';
import type { DecisionInput } from '@retort/contracts';
import { newId, type JsonValue } from '@retort/kernel';
import { openSpool, type ServiceContext } from '@retort/service-kit';
import type { StoreDecisions } from '../app/ports.ts';
import type { KeptTurns } from '../app/turn-recorder.ts';
import type { Config } from '../config.ts';

export interface TurnSpool extends KeptTurns {
  loop: Awaited<ReturnType<typeof openSpool>>['loop'];
  close(): Promise<void>;
}

interface Kept {
  tenant: string;
  decision: DecisionInput;
}

/** Turns wait on disk while the store is away. A decision has an id: one that is delivered twice is there once. */
export async function turnSpool(
  { folder, config, privacy, metrics, log }: ServiceContext<Config>,
  store: StoreDecisions,
): Promise<TurnSpool> {
  const spool = await openSpool({
    folder: join(folder, 'turns'),
    name: 'turns',
    maxBytes: config.spoolBytes,
    sync: 'always',
    encryption: privacy?.encryption,
    metrics,
    log,
    deliver: async (records) => {
      for (const [tenant, decisions] of byTenant(records.map(({ data }) => data as unknown as Kept)))
        await store({ tenant, trace: { correlationId: newId(), causationId: null } }, decisions);
    },
  });
  return {
    keep: (tenant, decisions) =>
      spool.append(
        decisions.map((decision) => ({
          id: decision.id ?? newId(),
          kind: 'decision',
          data: { tenant, decision } as unknown as JsonValue,
        })),
      ),
    loop: spool.loop,
    async close() {
      await spool.flush().catch(() => undefined); // the store is away: they wait on disk
      await spool.close();
    },
  };
}

function byTenant(kept: readonly Kept[]): Map<string, DecisionInput[]> {
  const tenants = new Map<string, DecisionInput[]>();
  for (const { tenant, decision } of kept) {
    const decisions = tenants.get(tenant) ?? [];
    decisions.push(decision);
    tenants.set(tenant, decisions);
  }
  return tenants;
}
