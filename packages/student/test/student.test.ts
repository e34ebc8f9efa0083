import fc from 'fast-check';
import type { ToolDefinition } from '@retort/contracts';
import { digestOf, isFault, type JsonObject } from '@retort/kernel';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { loadStudent, trainStudent, type LabelledDecision } from '../src/index.ts';
import { decision, decisions, options, tools } from './decisions.ts';

const train = (rows: readonly LabelledDecision[], configuration: JsonObject = {}) =>
  trainStudent(rows, { ...options, configuration: { epochs: 6, ...configuration } });

const rows = decisions(600);
const trained = train(rows);
const student = loadStudent(trained.artifact);

describe('a student', () => {
  it('makes the call of the teacher on requests it never saw, and serves them', () => {
    const unseen = decisions(300, { seed: 2 });
    const answers = unseen.map((one) => student.predict(one));
    const agreeing = answers.filter(({ call }, index) => call.tool === unseen[index]!.call.tool);
    expect(agreeing.length).toBeGreaterThan(290);
    expect(answers.filter(({ served }) => served).length).toBeGreaterThan(250);
    expect(trained.card.guarantee).toMatchObject({ kind: 'ltt-cross-fitted', target: 0.93, confidence: 0.95 });
    expect(trained.card.calibration).toMatchObject({ method: 'cross-fitted' });
  });

  it('is the same file for the same rows in any order and seed, and another for another seed', () => {
    expect(digestOf(train(rows.toReversed()).artifact)).toBe(digestOf(trained.artifact));
    const other = trainStudent(rows, { ...options, seed: 8, configuration: { epochs: 6 } });
    expect(digestOf(other.artifact)).not.toBe(digestOf(trained.artifact));
  });

  it('decides bit for bit the same wherever it is loaded, in whatever order it is asked', () => {
    const again = loadStudent(trained.artifact.slice());
    const forwards = rows.map((row) => again.predict(row));
    const backwards = rows.toReversed().map((row) => student.predict(row));
    expect(backwards.toReversed()).toEqual(forwards);
  });

  it('answers only with a tool that this request offers', () => {
    const weather = { query: 'weather forecast rain' };
    expect(student.predict({ context: weather, tools }).call.tool).toBe('get_weather');
    const others = tools.filter(({ name }) => name !== 'get_weather');
    expect(student.predict({ context: weather, tools: others }).call.tool).not.toBe('get_weather');
    expect(student.predict({ context: weather, tools: others.slice(0, 1) }).call.tool).toBe('play_music');
  });

  it('names the tool whose words fit when training never saw it, and leaves the call to the teacher', () => {
    const transfer: ToolDefinition = { name: 'transfer_money', description: 'Sends money to an account abroad' };
    const request = { context: { query: 'sends money abroad to an account' }, tools: [...tools, transfer] };
    expect(student.predict(request)).toMatchObject({
      call: { tool: 'transfer_money' },
      served: false,
      reason: 'unseen-tools',
    });
  });

  it('does not call a tool when no tool is what the teacher chose', () => {
    const chat = ['hello there', 'thank you so much', 'how are you', 'goodbye friend', 'nice talking'];
    const talk = Array.from({ length: 150 }, (_, index) => decision(`t${index}`, chat[index % 5]!, null));
    const polite = loadStudent(train([...rows, ...talk]).artifact);
    expect(polite.predict({ context: { query: 'hello, thank you' }, tools }).call).toEqual({
      tool: null,
      parameters: {},
    });
    expect(polite.predict({ context: { query: 'play the song' }, tools }).call.tool).toBe('play_music');
  });

  it('learns from structured context alone', () => {
    const structured = Array.from({ length: 300 }, (_, index) => {
      const amount = (index * 37) % 1000;
      return decision(`s${index}`, 'go on', amount > 500 ? 'block_card' : 'set_alarm', { amount });
    });
    const learned = loadStudent(train(structured).artifact);
    expect(learned.predict(decision('x', 'go on', null, { amount: 941 })).call.tool).toBe('block_card');
    expect(learned.predict(decision('x', 'go on', null, { amount: 33 })).call.tool).toBe('set_alarm');
  });

  it('holds decisions out, and guarantees more than approximately, when there are many', () => {
    const { card } = train(decisions(1500), { holdOutFrom: 1000 });
    expect(card.calibration.method).toBe('held-out');
    expect(card.agreement.decisions).toBeLessThan(450);
    expect(card.guarantee.kind).toBe('ltt');
  });

  it('guarantees nothing when the teacher contradicts itself', () => {
    const { card, artifact } = train(decisions(400, { noise: 0.8 }));
    expect(card.guarantee).toMatchObject({ kind: 'none', threshold: null });
    expect(loadStudent(artifact).predict(rows[0]!)).toMatchObject({ served: false, reason: 'no-threshold' });
  });

  it('guarantees nothing when the teacher decides the same requests differently later', () => {
    const contradictory = tools.flatMap(({ name }) =>
      Array.from({ length: 80 }, (_, index) => decision(`${name}${index}`, `please, number ${index}`, name)),
    );
    const { card } = train(contradictory);
    expect(card.guarantee).toMatchObject({ kind: 'none', threshold: null });
    expect(card.agreement.call).toBeLessThan(0.5);
  });

  it('tells the loss of every epoch of every network, which falls', () => {
    const told: { step: string; metrics: Record<string, number> }[] = [];
    trainStudent(decisions(200), { ...options, configuration: { epochs: 4, networks: 1 } }, ({ step, metrics }) => {
      if (metrics?.['epoch_loss'] !== undefined) told.push({ step, metrics });
    });
    const last = told.filter(({ step }) => step.includes('all decisions')).map(({ metrics }) => metrics);
    expect(last.map(({ network, epoch }) => [network, epoch])).toEqual([
      ...([1, 2, 3, 4] as const).map((epoch) => [0, epoch]),
      ...([1, 2, 3, 4] as const).map((epoch) => [1, epoch]),
    ]);
    for (const network of [0, 1]) {
      const losses = last.filter((one) => one['network'] === network).map((one) => one['epoch_loss']!);
      expect(losses[0]).toBeLessThan(Math.log(4) * 1.5);
      expect(losses[3]).toBeLessThan(losses[0]! / 2);
    }
  });

  it('reports growing progress, and stops when progress is refused', () => {
    const fractions: number[] = [];
    trainStudent(decisions(80), options, ({ fraction }) => fractions.push(fraction));
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
    const cancel = () =>
      trainStudent(rows, options, ({ fraction }) => {
        if (fraction > 0.2) throw new Error('cancelled');
      });
    expect(cancel).toThrow('cancelled');
  });
});

describe('a served call', () => {
  it('always validates against the schema of its tool', () => {
    const ajv = new Ajv({ strict: false });
    const schema = fc.constantFrom<JsonObject>(
      { type: 'object' },
      { type: 'object', required: ['city'], properties: { city: { type: 'string' } } },
      { type: 'object', maxProperties: 0 },
      { type: 'array' },
    );
    fc.assert(
      fc.property(schema, fc.nat(rows.length - 1), (parameters, index) => {
        const offered = tools.map((tool) => ({ ...tool, parameters }));
        const answer = student.predict({ context: rows[index]!.context, tools: offered });
        if (answer.served) expect(ajv.validate(parameters, answer.call.parameters)).toBe(true);
        if (parameters['required'] || parameters['type'] === 'array') expect(answer.served).toBe(false);
      }),
    );
  });

  it('is never made by a schema that does not compile', () => {
    for (const parameters of [{ type: 'nonsense' }, { $ref: 'https://example.org/none' }, { pattern: '(' }]) {
      const offered = tools.map((tool) => ({ ...tool, parameters }));
      expect(student.predict({ context: rows[0]!.context, tools: offered }).served).toBe(false);
    }
  });
});

describe('bad input', () => {
  const queries = ['', ' ', 'x'.repeat(100_000), 'word '.repeat(20_000), '🎉🎉', '\u0000\ud800', '天気', '{"a":1}'];

  it('is answered, whatever the text', () => {
    for (const query of queries) {
      const { confidence, toolConfidence } = student.predict({ context: { query }, tools });
      expect(confidence).toBeGreaterThanOrEqual(0);
      expect(confidence).toBeLessThanOrEqual(1);
      expect(toolConfidence).toBeGreaterThan(0);
    }
  });

  it('is answered, whatever the context', () => {
    for (const context of [{}, { query: 7 }, { amount: NaN }, { a: [[[null]]] }, { history: [{ role: 'user' }] }])
      expect(student.predict({ context: context as JsonObject, tools }).call).toBeDefined();
  });

  it('without tools leaves the decision to the teacher', () => {
    expect(student.predict({ context: { query: 'rain' }, tools: [] })).toMatchObject({
      call: { tool: null },
      served: false,
      reason: 'no-tools',
    });
  });

  it('in training is learnt from without a crash: strange texts, NaN, contradictions, tools never offered', () => {
    const strange = queries.flatMap((query, index) => [
      decision(`a${index}`, query, tools[index % 4]!.name, { amount: NaN }),
      decision(`b${index}`, query, tools[(index + 1) % 4]!.name),
      { ...decision(`c${index}`, query, 'not_offered'), tools: [] },
    ]);
    expect(loadStudent(train(strange).artifact).predict(strange[0]!).served).toBe(false);
  });

  it.each([1, 2, 3])('of %i decisions gives a student that guarantees nothing', (count) => {
    const { artifact, card } = train(rows.slice(0, count));
    expect(card.guarantee.kind).toBe('none');
    expect(loadStudent(artifact).predict(rows[0]!).served).toBe(false);
  });

  it('of one tool alone gives a constant student that guarantees nothing', () => {
    const { artifact, card } = train(
      decisions(200).map((row) => ({ ...row, call: { tool: 'set_alarm', parameters: {} } })),
    );
    expect(card.guarantee.kind).toBe('none');
    expect(loadStudent(artifact).predict(rows[0]!).call.tool).toBe('set_alarm');
  });

  it('of a tool with one example is no harm to the others', () => {
    const with1 = train([...rows, decision('once', 'transmogrify', 'rare')]);
    expect(loadStudent(with1.artifact).predict(rows[0]!).call).toEqual(rows[0]!.call);
  });

  it('of no decisions is a clear fault', () => {
    expect(() => train([])).toThrow('student.no-decisions');
    expect(() => train(rows, { epoch: 3 })).toThrow('student.configuration-invalid');
    try {
      loadStudent(new Uint8Array(10));
      expect.unreachable();
    } catch (error) {
      expect(isFault(error, 'student.artifact-corrupt')).toBe(true);
    }
  });
});
