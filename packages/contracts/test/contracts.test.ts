import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  completeTurn,
  contradictionIn,
  decisionInput,
  eventCatalog,
  isEventType,
  outcome,
  streamName,
  timestamp,
  toolList,
  upcast,
  type EventType,
} from '@retort/contracts';

const golden = new URL('../golden/', import.meta.url);

interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
  anyOf?: Schema[];
}

/** The paths of all members that a schema names; `*` is any element. Free-form JSON names none. */
function membersOf(schema: Schema): string[] {
  const { properties = {}, items, additionalProperties: others, anyOf = [] } = schema;
  const below = (name: string, inner: Schema) => membersOf(inner).map((path) => `${name}/${path}`);
  return [
    ...Object.entries(properties).flatMap(([name, inner]) => [name, ...below(name, inner)]),
    ...[items, others].flatMap((inner) => (typeof inner === 'object' ? below('*', inner) : [])),
    ...anyOf.flatMap(membersOf),
  ];
}

function isPresent(value: unknown, [name, ...rest]: string[]): boolean {
  if (name === undefined) return true;
  if (typeof value !== 'object' || value === null) return false;
  if (name === '*') return Object.values(value).some((inner) => isPresent(inner, rest));
  return Object.hasOwn(value, name) && isPresent((value as Record<string, unknown>)[name], rest);
}

describe('a stored event', () => {
  for (const file of readdirSync(golden)) {
    const [, name, version, form] = /^([^.]+)\.v(\d+)(?:\.(.+))?\.json$/.exec(file)!;
    const type = name!.toUpperCase().replaceAll('-', '_') as EventType;
    it(`of type ${type}, version ${version}${form ? ` (${form})` : ''}, is read by this program as it was written`, () => {
      const data: unknown = JSON.parse(readFileSync(new URL(file, golden), 'utf8'));
      expect(upcast(type, Number(version), data)).toMatchObject(data as object);
    });
  }

  it('of every type has a golden payload for its current version', () => {
    const files = readdirSync(golden);
    for (const [type, { version }] of Object.entries(eventCatalog))
      expect(files).toContain(`${type.toLowerCase().replaceAll('_', '-')}.v${version}.json`);
  });

  it('has shown every member that it may have, so that one which is renamed, retyped or dropped is noticed here', () => {
    for (const [type, { version, data }] of Object.entries(eventCatalog)) {
      const prefix = `${type.toLowerCase().replaceAll('_', '-')}.v${version}.`;
      const files = readdirSync(golden).filter((file) => file.startsWith(prefix));
      const payloads = files.map((file): unknown => JSON.parse(readFileSync(new URL(file, golden), 'utf8')));
      const never = membersOf(z.toJSONSchema(data, { io: 'input' }) as Schema).filter(
        (path) => !payloads.some((payload) => isPresent(payload, path.split('/'))),
      );
      expect({ type, never }).toEqual({ type, never: [] });
    }
  });

  it('of an older version goes through every upcaster in turn', () => {
    const toZero = { [-1]: (value: unknown) => ({ ...(value as object), agent_id: 'renamed' }) };
    const same = (value: unknown) => value;
    const toOne = { ...toZero, 0: same, 1: same };
    const data = JSON.parse(readFileSync(new URL('agent-tool-selected.v1.json', golden), 'utf8')) as object;
    expect(() => upcast('AGENT_TOOL_SELECTED', 0, data, { AGENT_TOOL_SELECTED: toZero })).toThrow(
      'no upcaster from version 0 to 1',
    );
    expect(upcast('AGENT_TOOL_SELECTED', -1, data, { AGENT_TOOL_SELECTED: toOne }).agent_id).toBe('renamed');
  });

  it('from a newer program is refused rather than misread', () =>
    expect(() => upcast('MODEL_DEPLOYED', 99, {})).toThrow('newer'));
});

describe('the event catalog', () => {
  it('knows its own types and nothing inherited', () => {
    expect(isEventType('MODEL_DEPLOYED')).toBe(true);
    expect(isEventType('toString')).toBe(false);
  });
  it('puts the tenant into every stream', () => expect(streamName('agent', 'acme', 'loan')).toBe('agent-acme.loan'));
  it('has a JSON Schema for every event, so that others can read the log without this program', () => {
    for (const { data } of Object.values(eventCatalog))
      expect(z.toJSONSchema(data, { io: 'input' })).toHaveProperty('type');
  });
});

describe('a moment', () => {
  it('is one that a database can hold', () => {
    const held = ['0001-01-01T00:00:00Z', '2026-01-01T00:00:00.123456789+14:00', '9999-12-31T23:59:59.999-12:00'];
    for (const moment of held) expect(timestamp.safeParse(moment).success).toBe(true);
    const refused = ['0000-01-01T00:00:00Z', '2026-01-01T00:00:00+23:00', `2026-01-01T00:00:00.${'1'.repeat(200)}Z`];
    for (const moment of [...refused, '2026-02-30T00:00:00Z', '2026-01-01T00:00:00'])
      expect(timestamp.safeParse(moment).success).toBe(false);
  });
});

describe('an outcome', () => {
  it('is read with or without a result', () => {
    expect(outcome.parse({ success: true })).toEqual({ success: true });
    expect(outcome.parse({ result: { code: 'declined' } })).toEqual({ result: { code: 'declined' } });
  });
});

describe('a turn', () => {
  const pay = { tool: 'pay', parameters: { amount: 1 } };
  const look = { id: 'c2', tool: 'look', parameters: null, known_parameters: { account: 7 } };
  const words = { tool_selected: null, tool_parameters: {}, tool_calls: [], answer: 'words' };

  it('is one call, several, or words, in whichever form it was told', () => {
    const first = { tool_selected: 'pay', tool_parameters: { amount: 1 } };
    expect(completeTurn({ tool_selected: null })).toEqual(words);
    expect(completeTurn({ tool_calls: [] })).toEqual(words);
    expect(completeTurn(first)).toEqual({ ...first, tool_calls: [pay], answer: 'call' });
    expect(completeTurn({ tool_calls: [pay, look] })).toEqual({ ...first, tool_calls: [pay, look], answer: 'calls' });
    expect(completeTurn({ tool_calls: [{ tool: 'pay' }] }).tool_calls).toEqual([{ tool: 'pay', parameters: {} }]);
  });

  it('keeps what is known of its first call', () => {
    const told = { tool_selected: 'look', tool_parameters: null, known_parameters: { account: 7 } };
    expect(completeTurn(told)).toEqual({ ...told, tool_calls: [{ ...look, id: undefined }], answer: 'call' });
    expect(completeTurn({ tool_calls: [look] })).toMatchObject(told);
  });

  it('that says two things is contradicted where it does', () => {
    const told = { tool_selected: 'pay', tool_parameters: { amount: 1.0 }, tool_calls: [pay, look] };
    const at = (turn: object) => contradictionIn(turn)?.path.join('/');
    expect(contradictionIn(told)).toBeNull();
    expect(contradictionIn({ tool_calls: [pay, look], answer: 'calls' })).toBeNull();
    expect(at({})).toBe('tool_selected');
    expect(at({ ...told, tool_selected: 'look' })).toBe('tool_selected');
    expect(at({ ...told, tool_parameters: { amount: 2 } })).toBe('tool_selected');
    expect(at({ tool_calls: [pay], answer: 'calls' })).toBe('answer');
    expect(at({ tool_selected: 'pay', answer: 'words' })).toBe('answer');
    expect(at({ tool_calls: [look, look] })).toBe('tool_calls/1/id');
    expect(at({ tool_calls: [{ ...pay, known_parameters: {} }] })).toBe('tool_calls/0/known_parameters');
  });
});

describe('a posted decision', () => {
  const decision = { agent_id: 'loan', context: { query: 'hello' }, tool_selected: null };
  it('needs no arguments when no tool was called', () =>
    expect(completeTurn(decisionInput.parse(decision)).tool_parameters).toEqual({}));
  it('may say that the arguments are not known, which is not the same as none', () =>
    expect(decisionInput.parse({ ...decision, tool_selected: 'pay', tool_parameters: null }).tool_parameters).toBe(
      null,
    ));
  it('names the member that is wrong', () =>
    expect(decisionInput.safeParse({ ...decision, teacher_confidence: 2 }).error!.issues[0]!.path).toEqual([
      'teacher_confidence',
    ]));
  it('cannot offer two tools of one name', () =>
    expect(toolList.safeParse([{ name: 'pay' }, { name: 'pay' }]).success).toBe(false));
  it('cannot smuggle another stream in its agent’s name', () =>
    expect(decisionInput.safeParse({ ...decision, agent_id: 'a/../b' }).success).toBe(false));
});
