import { readFileSync } from 'node:fs';
import {
  batchResult,
  decisionInput,
  outcomeInput,
  predict,
  predictionInput,
  predictionView,
  recordDecisions,
  reportOutcome,
} from '@retort/contracts';
import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { format } from 'prettier';
import ts from 'typescript';
import { z } from 'zod';

const given = { decisionInput, outcomeInput, predictionInput };
const answered = { batchResult, predictionView };
const endpoints = { recordDecisions, reportOutcome, predict };

export const apiFile = new URL('../src/generated/api.ts', import.meta.url);
const prettierOptions = JSON.parse(
  readFileSync(new URL('../../../.prettierrc.json', import.meta.url), 'utf8'),
) as object;

/** The part of the contracts that an agent needs, as TypeScript without a library: the package brings no validator along. */
export async function apiSource(): Promise<string> {
  const banner = '// Written by `pnpm --filter @retort/sdk api` from the contracts. Do not edit.';
  const paths = Object.entries(endpoints).map(([name, { path }]) => `  ${name}: '${path}',`);
  const interfaces = await Promise.all([...interfacesOf(given, 'input'), ...interfacesOf(answered, 'output')]);
  const source = [banner, ['export const paths = {', ...paths, '} as const;'].join('\n'), ...interfaces].join('\n\n');
  return format(orUndefined(source), { ...prettierOptions, parser: 'typescript' });
}

function interfacesOf(schemas: Record<string, z.ZodType>, io: 'input' | 'output'): Promise<string>[] {
  return Object.entries(schemas).map(([name, schema]) =>
    compile(plain(z.toJSONSchema(schema, { io, reused: 'inline' })), `${name[0]!.toUpperCase()}${name.slice(1)}`, {
      bannerComment: '',
      additionalProperties: false,
      format: false,
      ignoreMinAndMaxItems: true,
    }),
  );
}

/** Without what is for a validator. A schema that allows everything is `unknown`, not an object. */
function plain(schema: object): JSONSchema {
  return JSON.parse(JSON.stringify(schema), (key, value: unknown) => {
    if (key === 'examples' || key === '$schema' || key === 'maxItems') return undefined;
    if (typeof value !== 'object' || value === null || Array.isArray(value) || isNameTable(key)) return value;
    const { description, ...rest } = value as JSONSchema;
    return Object.keys(rest).length === 0 ? { description, tsType: 'unknown' } : value;
  }) as JSONSchema;
}
const isNameTable = (key: string) => key === 'properties' || key === 'additionalProperties';

/** An optional member may be `undefined`, too, for a caller under exactOptionalPropertyTypes. */
function orUndefined(source: string): string {
  const ends: number[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertySignature(node) && node.questionToken && node.type) ends.push(node.type.getEnd());
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('api.ts', source, ts.ScriptTarget.Latest, true));
  return ends
    .sort((left, right) => right - left)
    .reduce((text, end) => `${text.slice(0, end)} | undefined${text.slice(end)}`, source);
}
