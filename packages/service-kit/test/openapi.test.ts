import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { curationRuns, endpoints } from '@retort/contracts';
import { temporaryFolder } from '@retort/testing';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { openApiDocument } from '../src/openapi/document.ts';
import type { JsonSchema, OpenApiDocument } from '../src/openapi/examples.ts';

const document = openApiDocument(endpoints, { title: 'Retort', version: '1.0.0' });
const run = promisify(execFile);

interface Media {
  schema: JsonSchema;
  example?: unknown;
}
const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
const media = operations.flatMap(({ operationId, requestBody, responses }) =>
  [...(requestBody ? [requestBody] : []), ...Object.values(responses)].flatMap(({ content = {} }) =>
    Object.entries(content).map(([type, one]) => ({ operationId, type, ...(one as Media) })),
  ),
);

/** The schemas of a document that JSON Schema 2020-12, the dialect of OpenAPI 3.1, does not allow: where, and why. */
function invalidSchemas({ components, paths }: Pick<OpenApiDocument, 'components' | 'paths'>): string[] {
  const ajv = new Ajv2020({ strict: false });
  const wrong: string[] = [];
  const judge = (schema: object, place: string) => {
    if (ajv.validateSchema(schema) !== true) wrong.push(`${place}: ${ajv.errorsText(ajv.errors)}`);
  };
  const visit = (node: unknown, place: string): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [name, inner] of Object.entries(node))
      if (name === 'schema') judge(inner as object, place);
      else if (name !== 'example') visit(inner, `${place}/${name}`);
  };
  for (const [name, schema] of Object.entries(components.schemas ?? {})) judge(schema, `/components/schemas/${name}`);
  visit(paths, '/paths');
  return wrong;
}

/** What `redocly lint` says of a document: its exit code. */
async function lint(described: object): Promise<{ code: number; output: string }> {
  const folder = await temporaryFolder('openapi');
  const file = join(folder.path, 'openapi.json');
  await writeFile(file, JSON.stringify(described));
  const cli = createRequire(import.meta.url).resolve('@redocly/cli/bin/cli.js');
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', NODE_OPTIONS: '' };
  const result = await run(process.execPath, [cli, 'lint', file, '--format=stylish'], { env }).then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    (error: { code: number; stdout: string; stderr: string }) => ({ code: error.code, output: error.stdout }),
  );
  await folder.remove();
  return result;
}

describe('the OpenAPI document', () => {
  it('is valid, as redocly judges it', async () => {
    expect(await lint(document)).toMatchObject({ code: 0 });
  });

  it('would not be with a reference that leads nowhere', async () => {
    const broken = structuredClone(document);
    broken.components.schemas = { ...broken.components.schemas, Problem: { $ref: '#/components/schemas/schema0' } };
    expect((await lint(broken)).code).not.toBe(0);
  });

  it('states every schema in JSON Schema 2020-12: of a tuple, what stands at which place', () => {
    expect(invalidSchemas(document)).toEqual([]);
    expect(JSON.stringify(document)).toContain('"prefixItems":[');
  });

  it('would not with a tuple as older drafts write it, in a component or in a body', () => {
    const tuple = { type: 'array', items: [{ type: 'number' }], additionalItems: false } as object;
    const component = structuredClone(document);
    component.components.schemas = { ...component.components.schemas, Interval: tuple };
    expect(invalidSchemas(component)).toEqual([expect.stringContaining('/components/schemas/Interval: ')]);
    const body = structuredClone(document);
    for (const { content = {} } of Object.values(body.paths[curationRuns.list.path]!['get']!.responses))
      for (const one of Object.values(content)) one.schema = tuple;
    expect(invalidSchemas(body).length).toBeGreaterThan(0);
  });

  it('says of every operation, parameter and property what it is', () => {
    for (const { operationId, parameters = [] } of operations)
      for (const { name, description } of parameters)
        expect([operationId, name, description]).toEqual([operationId, name, expect.stringMatching(/\S/)]);
    const bare: string[] = [];
    const visit = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      if ('properties' in node && typeof node.properties === 'object')
        for (const [name, member] of Object.entries(node.properties as Record<string, JsonSchema>))
          if (!member.description && !member.$ref) bare.push(`${path}/${name}`);
      for (const [name, inner] of Object.entries(node)) if (name !== 'example') visit(inner, `${path}/${name}`);
    };
    visit({ paths: document.paths, components: document.components }, '');
    expect(bare).toEqual([]);
  });

  it('has one example of every JSON body, which satisfies its schema', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: true });
    formats.default(ajv);
    ajv.addSchema({ $id: 'document', components: document.components });
    const wrong = media
      .filter(({ type }) => type.includes('json'))
      .flatMap(({ operationId, type, schema, example }) => {
        const check = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/')) as object);
        if (check(example)) return [];
        return (check.errors ?? []).map(({ instancePath, message }) => [operationId, type, instancePath, message]);
      });
    expect(wrong).toEqual([]);
  });
});
