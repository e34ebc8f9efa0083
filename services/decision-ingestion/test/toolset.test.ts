import type { ToolDefinition } from '@retort/contracts';
import { isFault } from '@retort/kernel';
import { toolSchemas } from '@retort/tool-schema';
import { describe, expect, it } from 'vitest';
import { parseTools, toolset as withSchemas } from '../src/domain/toolset.ts';

const schemas = toolSchemas();
const toolset = (list: Parameters<typeof withSchemas>[0], at?: string) =>
  withSchemas(list, { schemas, ...(at === undefined ? {} : { at }) });

const tools = [
  {
    name: 'transfer',
    parameters: {
      type: 'object',
      properties: { amount: { type: 'number', minimum: 0 }, to: { $ref: '#/$defs/account' } },
      required: ['amount', 'to'],
      additionalProperties: false,
      $defs: { account: { type: 'object', properties: { iban: { type: 'string' } }, required: ['iban'] } },
    },
  },
  { name: 'help' },
];

function errorsOf(work: () => unknown) {
  try {
    work();
  } catch (error) {
    if (isFault(error)) return { code: error.code, pointers: error.detail.errors?.map(({ pointer }) => pointer) };
    throw error;
  }
  return null;
}

describe('a toolset', () => {
  it('takes a call that satisfies the tool, and the answer without a tool', () => {
    const offered = toolset(tools);
    expect(errorsOf(() => offered.check('transfer', { amount: 1, to: { iban: 'x' } }))).toBeNull();
    expect(errorsOf(() => offered.check(null, {}))).toBeNull();
    expect(errorsOf(() => offered.check('help', {}))).toBeNull();
  });

  it('takes a tool that was offered when its arguments are not known, and no other', () => {
    const offered = toolset(tools);
    expect(errorsOf(() => offered.check('transfer', null))).toBeNull();
    expect(errorsOf(() => offered.check('delete', null))?.code).toBe('decisions.tool-not-offered');
  });

  it('takes arguments that are known in part where those fit, whatever is missing', () => {
    const offered = toolset(tools);
    expect(errorsOf(() => offered.check('transfer', null, { amount: 1 }))).toBeNull();
    expect(errorsOf(() => offered.check('transfer', { amount: 1 }))?.code).toBe('decisions.parameters-invalid');
    expect(errorsOf(() => offered.check('transfer', null, { amount: -1 }))).toEqual({
      code: 'decisions.parameters-invalid',
      pointers: ['/known_parameters/amount'],
    });
  });

  it('refuses of arguments known in part only what no further argument could mend', () => {
    const known = (parameters: ToolDefinition['parameters'], stated: Record<string, unknown>) =>
      errorsOf(() => toolset([{ name: 'act', parameters }]).check('act', null, stated))?.code ?? null;
    const refused = 'decisions.parameters-invalid';
    const properties = { a: { anyOf: [{ type: 'string' }, { type: 'null' }] }, b: { type: 'number' } };
    for (const demand of [
      { required: ['b'] },
      { minProperties: 2 },
      { dependentRequired: { a: ['b'] } },
      { dependencies: { a: ['b'] } },
      { anyOf: [{ required: ['b'] }, { properties: { a: { const: 'y' } } }] },
      { oneOf: [{ required: ['b'] }, { required: ['c'] }] },
      { oneOf: [{ properties: { b: { const: 1 } } }, { properties: { b: { const: 2 } } }] },
      { if: { required: ['b'] }, else: { properties: { a: false } } },
      { not: { properties: { b: { const: 1 } } } },
      { $ref: '#/$defs/both', $defs: { both: { required: ['a', 'b'] } } },
    ]) {
      const schema = { type: 'object', properties, ...demand };
      expect([demand, known(schema, { a: 'x' })]).toEqual([demand, null]);
      expect([demand, known(schema, { a: 1 })]).toEqual([demand, refused]);
      expect([demand, known({ $schema: 'http://json-schema.org/draft-07/schema#', ...schema }, { a: 'x' })]).toEqual([
        demand,
        null,
      ]);
    }
    const either = { oneOf: [{ properties: { b: { const: 1 } } }, { properties: { b: { const: 2 } } }] };
    expect(known(either, { b: 2 })).toBeNull();
    expect(known(either, { b: 3 })).toBe(refused);
    expect(known({ properties, additionalProperties: false, minProperties: 2 }, { c: 1 })).toBe(refused);
    expect(known({ properties: { to: { type: 'object', required: ['iban'] } } }, { to: {} })).toBeNull();
  });

  it('refuses a tool that was not offered', () => {
    expect(errorsOf(() => toolset(tools).check('delete', {}))).toEqual({
      code: 'decisions.tool-not-offered',
      pointers: ['/tool_selected'],
    });
  });

  it('names every parameter that its schema refuses', () => {
    expect(errorsOf(() => toolset(tools).check('transfer', { amount: -1, to: {}, 'a/b': 1 }))).toEqual({
      code: 'decisions.parameters-invalid',
      pointers: expect.arrayContaining([
        '/tool_parameters/amount',
        '/tool_parameters/to/iban',
        '/tool_parameters/a~1b',
      ]) as string[],
    });
  });

  it('lets a tool without a schema take no arguments', () => {
    expect(errorsOf(() => toolset(tools).check('help', { topic: 'x' }))?.code).toBe('decisions.parameters-invalid');
  });

  it('names the tool whose parameters are no JSON Schema', () => {
    for (const [parameters, pointer] of [
      [{ properties: { a: { type: 5 } } }, '/properties/a/type'],
      [{ $ref: 'https://elsewhere.example/schema' }, ''],
      [{ properties: { a: { $async: true } } }, '/properties/a/$async'],
      [{ properties: { a: { format: 'constructor' } } }, '/properties/a/format'],
    ] as const)
      expect(
        errorsOf(() => toolset([{ name: 'fine' }, { name: 'bad', parameters }], '/tools_available').compile(1)),
      ).toMatchObject({
        code: 'toolsets.invalid-schema',
        pointers: expect.arrayContaining([`/tools_available/1/parameters${pointer}`]) as string[],
      });
  });

  it('has one digest however it is written', () => {
    const [first, second] = [
      parseTools([{ description: 'd', name: 'n', strict: true }], ''),
      parseTools([{ name: 'n', description: 'd' }], ''),
    ];
    expect(toolset(first!).digest).toBe(toolset(second!).digest);
  });

  it('is refused with two tools of one name, pointing into the body', () => {
    expect(errorsOf(() => parseTools([{ name: 'a' }, { name: 'a' }], '/tools_available'))).toEqual({
      code: 'toolsets.invalid',
      pointers: ['/tools_available'],
    });
    expect(errorsOf(() => parseTools([{ name: '' }], '/tools'))?.pointers).toEqual(['/tools/0/name']);
  });
});
