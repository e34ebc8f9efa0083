import type { ToolDefinition } from '@retort/contracts';
import type { JsonObject } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import { loadStudent, trainStudent, type TaughtDecision } from '../src/index.ts';
import { decision, decisions, options, tools } from './decisions.ts';

const train = (rows: readonly TaughtDecision[]) => trainStudent(rows, { ...options, configuration: { epochs: 6 } });
const unknown = (row: TaughtDecision): TaughtDecision => ({ ...row, call: { ...row.call, parameters: null } });

const inVienna = (row: TaughtDecision): TaughtDecision =>
  row.call.tool === 'get_weather' ? { ...row, call: { ...row.call, parameters: { city: 'Vienna' } } } : row;
const whole = decisions(400).map(inVienna);
const toolsAlone = decisions(200, { seed: 3 }).map((row, index) => unknown({ ...row, id: `tool-${index}` }));

const withUnit: ToolDefinition = {
  name: 'get_weather',
  parameters: { type: 'object', properties: { city: { type: 'string' }, unit: { type: 'string' } } },
};

describe('a decision whose arguments are not known', () => {
  it('teaches its tool', () => {
    const music = whole.map((row) => (row.call.tool === 'play_music' ? unknown(row) : row));
    const student = loadStudent(train(music).artifact);
    expect(student.predict({ context: { query: 'play the song' }, tools }).call.tool).toBe('play_music');
  });

  it('says nothing about arguments: those that are known stand', () => {
    const student = loadStudent(train([...whole, ...toolsAlone]).artifact);
    expect(student.predict(decision('x', 'rain forecast today', null)).call).toEqual({
      tool: 'get_weather',
      parameters: { city: 'Vienna' },
    });
  });

  it('teaches those that are known in part, and says nothing about the others', () => {
    const inPart = decisions(300, { seed: 5 }).map((row, index) => ({
      ...unknown({ ...row, id: `part-${index}` }),
      ...(row.call.tool === 'get_weather' && { knownArguments: { city: 'Vienna' } }),
    }));
    const request = decision('x', 'rain forecast today', null);
    const fromParts = loadStudent(train([...whole.map(unknown), ...inPart]).artifact);
    expect(fromParts.predict(request).call).toEqual({ tool: 'get_weather', parameters: { city: 'Vienna' } });
    const always = whole.map((row) =>
      row.call.tool === 'get_weather'
        ? { ...row, call: { ...row.call, parameters: { city: 'Vienna', unit: 'celsius' } } }
        : row,
    );
    const { call } = loadStudent(train([...always, ...inPart]).artifact).predict(request);
    expect(call.parameters).toEqual({ city: 'Vienna', unit: 'celsius' });
  });

  it('leaves a tool to the teacher of which no call is known as a whole: what else it takes is known to nobody', () => {
    const asked = whole.map((row) => (row.call.tool === 'get_weather' ? unknown(row) : row));
    const optional = tools.map((tool) => (tool.name === 'get_weather' ? withUnit : tool));
    const inPart = (knownArguments: JsonObject) =>
      asked.map((row) => ({
        ...row,
        tools: optional,
        ...(row.call.tool === 'get_weather' && { knownArguments }),
      }));
    const request = { ...decision('x', 'rain forecast today', null), tools: optional };
    for (const known of [{}, { city: 'Vienna' }])
      expect(loadStudent(train(inPart(known)).artifact).predict(request)).toMatchObject({
        call: { tool: 'get_weather' },
        served: false,
        reason: 'argument-unknown',
      });
  });

  it('counts in the agreement of tools, and neither in that of calls nor in the guarantee', () => {
    const { agreement, calibration } = train([...whole, ...toolsAlone]).card;
    expect(agreement).toMatchObject({ decisions: 600, calls: 400 });
    const inPart = toolsAlone.map((row) => ({ ...row, knownArguments: { city: 'Vienna' } }));
    expect(train([...whole, ...inPart]).card.agreement).toMatchObject({ decisions: 600, calls: 400 });
    expect(agreement.call).toBeGreaterThan(0.9);
    expect(calibration.decisions).toBeLessThanOrEqual(400);
  });

  it('alone makes no guarantee, whatever there is of it', () => {
    const { card, artifact } = train(whole.map(unknown));
    expect(card.guarantee).toMatchObject({ kind: 'none', threshold: null });
    expect(card.agreement).toMatchObject({ call: null, calls: 0 });
    expect(loadStudent(artifact).predict(whole[0]!)).toMatchObject({
      call: { tool: whole[0]!.call.tool },
      served: false,
    });
  });
});
