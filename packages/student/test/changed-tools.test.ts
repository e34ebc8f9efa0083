import type { ToolDefinition } from '@retort/contracts';
import { describe, expect, it } from 'vitest';
import { loadStudent, trainStudent, type Student } from '../src/index.ts';
import { learnToolForms, toolChanges } from '../src/tool-forms.ts';
import { decisions, options, tools } from './decisions.ts';

const { artifact, card } = trainStudent(decisions(900), { ...options, configuration: { epochs: 6 } });
const student = loadStudent(artifact);
const asked = decisions(200, { seed: 4 });
const weather = asked.filter(({ call }) => call.tool === 'get_weather');

const changed = (change: (tool: ToolDefinition) => ToolDefinition) =>
  tools.map((tool) => (tool.name === 'get_weather' ? change(tool) : tool));
const answersWith = (offered: readonly ToolDefinition[], by: Student = student) =>
  weather.map(({ context }) => by.predict({ context, tools: offered }));
const servedOf = (answers: readonly { served: boolean }[]) => answers.filter(({ served }) => served).length;
const schema = (properties: ToolDefinition['parameters']) => ({
  type: 'object',
  additionalProperties: false,
  properties: properties!,
});

describe('a tool that has changed since training', () => {
  it('is the teacher’s where its schema is another', () => {
    expect(servedOf(answersWith(tools))).toBeGreaterThan(0.7 * weather.length);
    for (const parameters of [
      schema({ city: { type: 'string' }, day: { type: 'string' } }),
      schema({ place: { type: 'string' } }),
      schema({ city: { type: 'string', maxLength: 40 } }),
      undefined,
    ])
      for (const answer of answersWith(
        changed(({ parameters: _, ...tool }) => ({ ...tool, ...(parameters && { parameters }) })),
      )) {
        expect(answer.served).toBe(false);
        if (answer.call.tool === 'get_weather') expect(answer.reason).toBe('changed-tool');
      }
  });

  it('is not one whose schema says the same in another order or other words', () => {
    const again = changed((tool) => ({
      parameters: {
        additionalProperties: false,
        properties: { city: { title: 'City', type: 'string' } },
        type: 'object',
      },
      description: tool.description!,
      name: tool.name,
    }));
    expect(answersWith(again).map(({ served }) => served)).toEqual(answersWith(tools).map(({ served }) => served));
  });

  it('is not one of which training knew less: a log names neither types nor descriptions', () => {
    const inferred = { name: 'pay', parameters: { type: 'object', properties: { amount: {} } } };
    const changeOf = toolChanges(learnToolForms([{ tools: [inferred] }]));
    const said = { ...inferred, description: 'Pays a bill' };
    const amount = { type: 'number', minimum: 0 };
    expect(changeOf({ ...said, parameters: schema({ amount, currency: {} }) })).toEqual({ schema: false, likeness: 1 });
    expect(changeOf({ ...said, parameters: schema({ sum: amount }) })).toEqual({ schema: true, likeness: 1 });
    const nothing = { name: 'stop', parameters: { type: 'object', properties: {} } };
    const stopOf = toolChanges(learnToolForms([{ tools: [nothing] }]));
    expect(stopOf({ ...nothing, parameters: schema({}) }).schema).toBe(false);
    expect(stopOf({ ...nothing, parameters: schema({ amount }) }).schema).toBe(true);
  });

  it('is told apart from one that always had a schema that cannot be checked', () => {
    const unchecked = tools.map((tool) => ({ ...tool, parameters: { properties: { a: { pattern: '^(?=a)' } } } }));
    const taught = decisions(900).map((one) => ({ ...one, tools: unchecked }));
    const { artifact } = trainStudent(taught, { ...options, configuration: { epochs: 6 } });
    const reasons = answersWith(unchecked, loadStudent(artifact)).map(({ served, reason }) => [served, reason]);
    expect(new Set(reasons.map(String))).toContain('false,schema-unchecked');
    expect(reasons.filter(([served]) => served)).toEqual([]);
  });

  it('leaves the other tools as they were', () => {
    const offered = changed((tool) => ({ ...tool, parameters: schema({ day: { type: 'string' } }) }));
    const others = asked.filter(({ call }) => call.tool !== 'get_weather');
    expect(servedOf(others.map(({ context }) => student.predict({ context, tools: offered })))).toBe(
      servedOf(others.map((one) => student.predict(one))),
    );
  });

  it('is less known the more its description says something else', () => {
    const forms = learnToolForms([{ tools }]);
    const described = (description: string) => toolChanges(forms)({ ...tools[0]!, description }).likeness;
    expect(described('Tells the weather forecast of a city')).toBe(1);
    expect(described('Tells the weather forecast of one city')).toBeGreaterThan(0.6);
    expect(described('Orders an umbrella')).toBe(0);
    const other = changed((tool) => ({ ...tool, description: 'Orders an umbrella from the warehouse' }));
    const answers = answersWith(other);
    expect(servedOf(answers)).toBe(0);
    const plain = answersWith(tools);
    for (const [index, answer] of answers.entries())
      if (answer.call.tool === 'get_weather') expect(answer.confidence).toBeLessThanOrEqual(plain[index]!.confidence);
  });

  it('is bounded on the card, renamed or with another schema', () => {
    const kinds = new Map(card.novelty.kinds.map((kind) => [kind.kind, kind]));
    for (const kind of ['renamed-tool', 'added-requirement']) {
      expect(kinds.get(kind)!.requests, kind).toBeGreaterThan(50);
      // Whatever is served of them is another tool's: a few at most.
      expect(kinds.get(kind)!.served, kind).toBeLessThan(0.1 * kinds.get(kind)!.requests);
    }
  });
});

describe('a tool whose schema varied in training', () => {
  it('has none that is another, and one of a few has', () => {
    const varied = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        tools: [{ name: 'pay', parameters: { type: 'object', properties: { to: { enum: [`account ${index}`] } } } }],
      }));
    const further = { name: 'pay', parameters: { type: 'object', properties: { to: { enum: ['account x'] } } } };
    expect(toolChanges(learnToolForms(varied(40)))(further).schema).toBe(false);
    expect(toolChanges(learnToolForms(varied(4)))(further).schema).toBe(true);
    expect(toolChanges(learnToolForms(varied(4)))({ name: 'unheard of' }).schema).toBe(false);
  });
});
