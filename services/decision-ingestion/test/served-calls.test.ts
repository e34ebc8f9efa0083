import type { ToolDefinition } from '@retort/contracts';
import { isFault, type JsonObject } from '@retort/kernel';
import { loadStudent, trainStudent, type LabelledDecision } from '@retort/student';
import { toolSchemas } from '@retort/tool-schema';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toolset } from '../src/domain/toolset.ts';

const city: JsonObject = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const offer = (schema: JsonObject): ToolDefinition[] => [
  { name: 'get_weather', parameters: schema },
  { name: 'block_card' },
];
/** Schemas that varied all along: that they vary again is no change. */
const varying = Array.from({ length: 40 }, (_, index) => offer({ ...city, maxProperties: 5 + index }));
const cities = ['Bern', 'Oslo', 'Rome', 'Lima', 'Cairo', 'Quito'];
const decisions = (count: number): LabelledDecision[] =>
  Array.from({ length: count }, (_, index) => {
    const place = cities[index % cities.length]!;
    const tools = varying[index % varying.length]!;
    return index % 2 === 0
      ? {
          id: `w${index}`,
          context: { query: `how is the weather in ${place}, asks customer ${index}` },
          tools,
          call: { tool: 'get_weather', parameters: { city: place } },
        }
      : {
          id: `b${index}`,
          context: { query: `please block the lost card of customer ${index}` },
          tools,
          call: { tool: 'block_card', parameters: {} },
        };
  });

const options = { seed: 7, target: 0.93, confidence: 0.95 };
const student = loadStudent(
  trainStudent(decisions(600), { ...options, configuration: { epochs: 4, hidden: 8, folds: 2, networks: 1 } }).artifact,
);

/** Keywords of every draft, in places where they hold and where they do not. */
const keyword = fc.constantFrom<JsonObject>(
  {},
  { dependentRequired: { city: ['country'] } },
  { properties: { city: { type: 'string' } }, unevaluatedProperties: false },
  { properties: { country: {} }, unevaluatedProperties: false },
  { properties: { city: { pattern: '^[A-Z][a-z]+$' } } },
  { properties: { city: { pattern: '^(?=[A-M])' } } },
  { properties: { city: { format: 'date' } } },
  { properties: { city: { format: 'telephone' } } },
  { not: { required: ['city'] } },
  { if: { required: ['city'] }, then: { required: ['country'] } },
  { $async: true },
  { $ref: '#/$defs/b', $defs: { b: { maxProperties: 0 } } },
  { dependencies: { city: ['country'] } },
  { propertyNames: { maxLength: 3 } },
);
const draft = fc.constantFrom<JsonObject>(
  {},
  { $schema: 'http://json-schema.org/draft-07/schema#' },
  { $schema: 'https://json-schema.org/draft/2019-09/schema' },
  { $schema: 'https://json-schema.org/draft/2020-12/schema' },
);

describe('what a student serves', () => {
  it('is accepted by ingestion, whatever draft and keywords the tool has by then', () => {
    let served = 0;
    let withheld = 0;
    fc.assert(
      fc.property(draft, keyword, keyword, fc.nat(99), ($schema, first, second, index) => {
        const tools = offer({ ...$schema, ...first, allOf: [second] });
        const { call, ...answer } = student.predict({ context: decisions(100)[index]!.context, tools });
        if (!answer.served) return void withheld++;
        if (call.tool === 'get_weather') served++;
        const offered = toolset(tools, { schemas: toolSchemas() });
        try {
          if (call.tool === 'get_weather') expect(offered.compile(0)).toEqual([]);
          offered.check(call.tool, call.parameters);
        } catch (error) {
          throw isFault(error) ? new Error(JSON.stringify([tools, call, error.detail])) : error;
        }
      }),
      { numRuns: 300, seed: 11 },
    );
    expect(served).toBeGreaterThan(10);
    expect(withheld).toBeGreaterThan(50);
  });
});
