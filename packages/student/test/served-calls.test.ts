import type { ToolDefinition } from '@retort/contracts';
import { canonicalCall, seededRandom, type JsonObject } from '@retort/kernel';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadStudent, trainStudent, type LabelledDecision } from '../src/index.ts';
import { options } from './decisions.ts';

const cities = ['Bern', 'Oslo', 'Rome', 'Lima', 'Cairo', 'Quito'];
const send: JsonObject = {
  type: 'object',
  properties: { amount: { type: 'number' }, account: { type: 'string' }, express: { type: 'boolean' } },
  required: ['amount', 'account'],
};
const weather: JsonObject = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const offer = (sendSchema: JsonObject, weatherSchema: JsonObject): ToolDefinition[] => [
  { name: 'send_money', parameters: sendSchema },
  { name: 'get_weather', parameters: weatherSchema },
];
const taught = offer(send, weather);
/** Schemas that varied all along: that they vary again is no change. */
const varying = Array.from({ length: 40 }, (_, index) =>
  offer({ ...send, maxProperties: 5 + index }, { ...weather, maxProperties: 5 + index }),
);

/** Calls with arguments of every kind: a number of the text, a value of the context, a constant, a word. */
function decisions(count: number, seed: string): LabelledDecision[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    const city = random.pick(cities);
    const amount = 1 + Math.floor(random.next() * 900);
    const account = `AC-${100 + Math.floor(random.next() * 800)}`;
    return random.next() < 0.5
      ? {
          id: `m${index}`,
          context: { query: `please send ${amount} euros`, account },
          tools: varying[index % varying.length]!,
          call: { tool: 'send_money', parameters: { amount, account, express: false } },
        }
      : {
          id: `w${index}`,
          context: { query: `what is the weather in ${city}` },
          tools: varying[index % varying.length]!,
          call: { tool: 'get_weather', parameters: { city } },
        };
  });
}

const student = loadStudent(
  trainStudent(decisions(800, 'taught'), { ...options, configuration: { epochs: 4, hidden: 8, folds: 2, networks: 1 } })
    .artifact,
);
const asked = decisions(60, 'asked');

/** Schemas that a tool may have by the time it is offered again: other types, bounds, patterns, demands. */
const member = fc.oneof(
  fc.constantFrom<JsonObject>(
    {},
    { type: 'string' },
    { type: 'number' },
    { type: 'integer' },
    { type: 'boolean' },
    { type: 'null' },
    { type: ['string', 'null'] },
    { not: {} },
  ),
  fc.record({ type: fc.constant('number'), minimum: fc.integer({ min: 0, max: 900 }) }),
  fc.record({ type: fc.constant('string'), maxLength: fc.integer({ min: 0, max: 8 }) }),
  fc.record({ type: fc.constant('string'), pattern: fc.constantFrom('^AC-', '^[A-Z][a-z]+$', '^\\d+$') }),
  fc.record({ enum: fc.subarray([...cities, false, 7], { minLength: 1 }) }),
);
const schemaOf = (names: readonly string[]) =>
  fc.record(
    {
      type: fc.constantFrom('object', 'object', 'object', 'object', 'object', 'array'),
      properties: fc.record(Object.fromEntries(names.map((name) => [name, member])), { requiredKeys: [] }),
      required: fc.oneof({ weight: 4, arbitrary: fc.subarray([...names]) }, fc.constant(['unheard_of'])),
      additionalProperties: fc.boolean(),
      maxProperties: fc.integer({ min: 1, max: 6 }),
    },
    { requiredKeys: ['type', 'properties'] },
  ) as fc.Arbitrary<JsonObject>;

describe('a served call', () => {
  it('with arguments validates against its tool’s schema, whatever that has become', () => {
    let served = 0;
    fc.assert(
      fc.property(
        schemaOf(['amount', 'account', 'express']),
        schemaOf(['city']),
        fc.nat(asked.length - 1),
        (sendSchema, weatherSchema, index) => {
          const tools = offer(sendSchema, weatherSchema);
          const answer = student.predict({ context: asked[index]!.context, tools });
          if (!answer.served) return;
          served++;
          const { parameters } = tools.find(({ name }) => name === answer.call.tool)!;
          expect(new Ajv({ strict: false }).validate(parameters!, answer.call.parameters)).toBe(true);
        },
      ),
      { numRuns: 400, seed: 7 },
    );
    // The property is not true for want of anything served.
    expect(served).toBeGreaterThan(25);
  });

  it('is the teacher’s under the schema it was taught', () => {
    const answers = asked.map((decision) => ({ decision, answer: student.predict({ ...decision, tools: taught }) }));
    const right = answers.filter(
      ({ decision, answer }) => answer.served && canonicalCall(answer.call) === canonicalCall(decision.call),
    );
    expect(right.length).toBeGreaterThan(50);
  });
});
