import { seededRandom, type JsonObject } from '@retort/kernel';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ArgumentPredictor } from '../../src/arguments/predict.ts';
import { decision, learnt, tools } from './helpers.ts';

const random = seededRandom('bank');
const segments = ['retail', 'private', 'business'];
const verbs = ['transfer', 'send', 'move', 'please pay'];

function bankContext(): JsonObject {
  const amount = 10 + random.integer(20_000);
  return {
    query: `${random.pick(verbs)} ${amount} to account ${random.pick(['DE', 'FR'])}-${10_000 + random.integer(80_000)}${random.pick(['', ' now', ' please'])}`,
    customer: { id: `C-${100 + random.integer(900)}`, segment: random.pick(segments) },
    account: {
      id: `A-${1000 + random.integer(9000)}`,
      balance: random.integer(90_000),
      currency: random.pick(['EUR', 'USD']),
    },
    amount,
    history: [
      { role: 'user', content: 'hello' },
      { role: 'tool', content: JSON.stringify({ check: { reference: `R${random.integer(99_999)}` } }) },
    ],
  };
}

/** What the bank's teacher does: copies, a rule on a number, a rule on a segment, an id out of the text. */
function bankCall(context: JsonObject): JsonObject {
  const { customer, account, amount, query, history } = context as {
    customer: { id: string; segment: string };
    account: { id: string; currency: string };
    amount: number;
    query: string;
    history: { content: string }[];
  };
  return {
    customer_id: customer.id,
    from: { account: account.id, currency: account.currency },
    to_account: /[A-Z]+-\d+/.exec(query)![0],
    amount,
    approval: amount > 10_000 ? 'manual' : 'automatic',
    desk: customer.segment === 'private' ? 'wealth' : 'standard',
    reference: (JSON.parse(history[1]!.content) as { check: { reference: string } }).check.reference,
    channel: 'agent',
  };
}

describe('the arguments of a bank’s agent', () => {
  let predictor: ArgumentPredictor;
  beforeAll(() => {
    predictor = learnt(
      Array.from({ length: 400 }, (_, index) => {
        const context = bankContext();
        return decision(index, context, bankCall(context));
      }),
    );
  });

  it('are copied by path, read out of the text and chosen by rule in at least 95% of whole calls', () => {
    const wrong: JsonObject[] = [];
    for (let trial = 0; trial < 200; trial++) {
      const context = bankContext();
      const expected = bankCall(context);
      const { parameters } = predictor.predict({ context, tools }, 'act');
      if (
        JSON.stringify(parameters, Object.keys(parameters).sort()) !==
        JSON.stringify(expected, Object.keys(parameters).sort())
      )
        wrong.push(parameters);
    }
    expect(wrong.length).toBeLessThanOrEqual(10);
  });

  it('are whole at the confidence they claim', () => {
    let claimed = 0;
    let right = 0;
    for (let trial = 0; trial < 200; trial++) {
      const context = bankContext();
      const predicted = predictor.predict({ context, tools }, 'act');
      claimed += predicted.confidence;
      right += predicted.parameters.approval === bankCall(context).approval ? 1 : 0;
    }
    expect(claimed / 200).toBeLessThanOrEqual(right / 200 + 0.05);
    expect(claimed / 200).toBeGreaterThan(0.7);
  });
});
