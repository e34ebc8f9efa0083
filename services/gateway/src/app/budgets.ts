import { setTimeout as delay } from 'node:timers/promises';
import { costOfAnswer, type BudgetView, type Spending } from '@retort/contracts';
import { fault, type Clock, type Fault } from '@retort/kernel';
import type { Loop } from '@retort/service-kit';
import { exhausted } from '../domain/budget.ts';
import type { PriceTableOf } from './turn-costs.ts';

/** Tells what was spent, and learns what may be.
 *  @throws what may be over when it is tried again */
export type ReportSpending = (tenant: string, spent: Spending[]) => Promise<BudgetView[]>;

export interface Payer {
  tenant: string;
  keyId: string;
}
/** What an answer of the teacher took. */
export interface Taken {
  model: string;
  prompt: number;
  cached: number;
  completion: number;
  /** Whether the provider counted it. */
  isCounted: boolean;
  /** Whose answer it is, where no decision is recorded that tells its cost. */
  besides: { agent: string } | null;
}

export interface Budgets {
  /** At once where the budgets of the tenant are known here.
   *  @throws `gateway.budget-spent` (402) */
  admit(payer: Payer): void | Promise<void>;
  spent(payer: Payer, taken: Taken): Promise<void>;
  loop: Loop;
  /** Tells what is not told yet. */
  close(): Promise<void>;
}

interface Account {
  budgets: BudgetView[];
  untold: Spending[];
  /** On its way. */
  telling: Spending[];
  /** Milliseconds. */
  learntAt: number;
  usedAt: number;
  first: Promise<void>;
}

const pollMs = 500;
const validForMs = 3_000;
const keptMs = 600_000;

/** What is spent is added up by evaluation for all replicas; between two reports each counts its own. Calls under way are not
 *  counted before they end. Where evaluation is away, what was learnt last holds, and answers go on. */
export function spendingBudgets({
  report,
  tableOf,
  clock,
}: {
  report: ReportSpending;
  tableOf: PriceTableOf;
  clock: Clock;
}): Budgets {
  const accounts = new Map<string, Account>();
  const now = () => performance.now();

  function accountOf(tenant: string): Account {
    const known = accounts.get(tenant);
    if (known) return known;
    const account: Account = {
      budgets: [],
      untold: [],
      telling: [],
      learntAt: -Infinity,
      usedAt: now(),
      first: Promise.resolve(),
    };
    accounts.set(tenant, account);
    account.first = exchange(tenant, account);
    return account;
  }

  async function exchange(tenant: string, account: Account): Promise<void> {
    account.telling = account.untold;
    account.untold = [];
    try {
      account.budgets = await report(tenant, account.telling);
    } catch {
      account.untold = added([...account.telling, ...account.untold]);
    } finally {
      account.telling = [];
      account.learntAt = now();
    }
  }

  function check(account: Account, keyId: string): void {
    const untold = [...account.telling, ...account.untold];
    const budget = exhausted(account.budgets, { keyId, untold, now: clock() });
    if (budget) throw spentFault(budget);
  }

  return {
    admit({ tenant, keyId }) {
      const account = accountOf(tenant);
      account.usedAt = now();
      if (account.learntAt > -Infinity) return check(account, keyId);
      return account.first.then(() => check(account, keyId));
    },
    async spent({ tenant, keyId }, { model, prompt, cached, completion, isCounted, besides }) {
      const at = clock().toISOString();
      const told = { prompt_tokens: prompt, cached_tokens: cached, completion_tokens: completion };
      const cost = costOfAnswer(await tableOf(tenant), model, at, told);
      const account = accountOf(tenant);
      const spent = { key_id: keyId, day: at.slice(0, 10), tokens: prompt + completion };
      account.untold = added([
        ...account.untold,
        {
          ...spent,
          currency: cost?.currency ?? '',
          amount: cost?.amount ?? 0,
          ...(besides && {
            besides: {
              agent_id: besides.agent,
              answers: 1,
              basis: isCounted ? ('tokens' as const) : ('bytes' as const),
              price_source: cost?.price_source ?? null,
            },
          }),
        },
      ]);
    },
    loop: {
      name: 'budgets',
      async run(signal) {
        while (!signal.aborted) {
          for (const [tenant, account] of accounts) {
            const isStale = now() - account.learntAt > validForMs;
            if (account.untold.length > 0 || isStale) await exchange(tenant, account);
            if (account.untold.length === 0 && now() - account.usedAt > keptMs) accounts.delete(tenant);
          }
          await delay(pollMs, undefined, { signal }).catch(() => undefined);
        }
      },
    },
    async close() {
      for (const [tenant, account] of accounts) if (account.untold.length > 0) await exchange(tenant, account);
    },
  };
}

/** One entry a key, day and currency, and a kind of answers that are no decisions. */
function added(spent: readonly Spending[]): Spending[] {
  const sums = new Map<string, Spending>();
  for (const one of spent) {
    const { agent_id: agent, basis, price_source: source } = one.besides ?? {};
    const key = [one.key_id, one.day, one.currency, agent, basis, source].join(' ');
    const sum = sums.get(key);
    sums.set(key, sum ? sumOf(sum, one) : one);
  }
  return [...sums.values()];
}

function sumOf(sum: Spending, one: Spending): Spending {
  const { besides } = sum;
  return {
    ...sum,
    tokens: sum.tokens + one.tokens,
    amount: sum.amount + one.amount,
    ...(besides && { besides: { ...besides, answers: besides.answers + (one.besides?.answers ?? 0) } }),
  };
}

function spentFault({ subject, period, tokens, amount, currency, resets_at: resetsAt }: BudgetView): Fault {
  const whose = subject === 'tenant' ? 'the tenant' : 'this API key';
  const limits = [tokens === null ? [] : [`${tokens} tokens`], amount === null ? [] : [`${amount} ${currency}`]].flat();
  return fault('gateway.budget-spent', {
    public: `The budget of ${whose} for the ${period} (${limits.join(', ')}) is spent; it begins anew at ${resetsAt}.`,
  });
}
