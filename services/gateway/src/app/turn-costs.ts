import { costOfAnswer, costOfStudent, type DecisionInput, type PriceEntry, type TurnCost } from '@retort/contracts';

/** A tenant's price table; empty where it cannot be read. */
export type PriceTableOf = (tenant: string) => Promise<readonly PriceEntry[]>;

/** Says what a turn cost, where that is known. */
export type PriceTurn = (tenant: string, decision: DecisionInput) => Promise<DecisionInput>;

export function turnPricing({ tableOf }: { tableOf: PriceTableOf }): PriceTurn {
  return async (tenant, decision) => {
    const { exchange } = decision;
    if (!exchange || exchange.cost) return decision;
    const cost = costIn(await tableOf(tenant), decision);
    return cost ? { ...decision, exchange: { ...exchange, cost } } : decision;
  };
}

function costIn(
  table: readonly PriceEntry[],
  { exchange, decided_by: by, teacher_model: model, timestamp }: DecisionInput,
): TurnCost | null {
  if (!exchange || timestamp === undefined) return null;
  if (by?.kind === 'student') return costOfStudent(table, timestamp, exchange.latency_ms ?? 0);
  return model === null || model === undefined ? null : costOfAnswer(table, model, timestamp, exchange);
}
