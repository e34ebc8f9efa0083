import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { z } from 'zod';
import { shapeOf, variablesOf } from '../../packages/service-kit/src/config/parse-config.ts';
import { innerType, isSecret } from '../../packages/service-kit/src/config/secret.ts';
import { filesOf, root } from '../test/repository.ts';
import { meaningsIn } from './meanings.ts';

export interface Setting {
  variable: string;
  /** What is read where that is not set. */
  shared?: string | undefined;
  default: string;
  meaning: string | null;
  secret: boolean;
}

const kit = 'packages/service-kit/src/host';
const shared = ['infrastructure.ts', 'kafka-settings.ts', 'artifact-settings.ts', '../tracing/open-tracing.ts'].map(
  (file) => join(root, kit, file),
);

/** Service → its settings; `''` is what every process reads. */
export async function settings(): Promise<Map<string, Setting[]>> {
  const { infrastructureConfig } = (await import(join(root, kit, 'infrastructure.ts'))) as {
    infrastructureConfig: z.ZodObject;
  };
  const all = new Map([['', settingsOf(infrastructureConfig, { files: shared })]]);
  for (const path of filesOf(/^services\/[^/]+\/src\/(config|bootstrap)\.ts$/)) {
    const service = path.endsWith('bootstrap.ts') ? 'bootstrap' : path.split('/')[1]!;
    const module = (await import(join(root, path))) as Record<string, unknown>;
    const schema = Object.values(module).find((member) => member instanceof z.ZodObject);
    if (!schema) throw new Error(`${path} exports no schema`);
    const known = new Set(Object.keys(shapeOf(infrastructureConfig)));
    const own = service === 'standalone' ? schema.omit(sharedKeys(known)) : schema;
    const found = settingsOf(own, { service, files: [join(root, path), ...shared] });
    if (found.length > 0) all.set(service, found);
  }
  return all;
}

function sharedKeys(known: ReadonlySet<string>): Record<string, true> {
  return Object.fromEntries([...known].map((key) => [key, true]));
}

function settingsOf(
  schema: z.ZodObject,
  { service, files }: { service?: string; files: readonly string[] },
): Setting[] {
  const meanings = files.filter((file) => existsSync(file)).map(meaningsIn);
  return Object.entries(shapeOf(schema)).map(([key, member]) => {
    const [variable, shared] = variablesOf(key, service === 'standalone' ? undefined : service);
    return {
      variable: variable!,
      shared,
      default: defaultOf(member),
      meaning: meanings.map((one) => one.get(key)).find((text) => text !== undefined) ?? null,
      secret: isSecret(member),
    };
  });
}

function defaultOf(member: z.ZodType): string {
  if (member instanceof z.ZodDefault) return JSON.stringify(member.def.defaultValue);
  if (member instanceof z.ZodOptional) return '';
  const inner = innerType(member);
  return inner ? defaultOf(inner) : 'needed';
}

/** The page of the reference. */
export async function settingsReference(): Promise<string> {
  const sections = [...(await settings())].map(([service, found]) => {
    const title = service === '' ? 'Every process' : service;
    const rows = found.map(
      ({ variable, default: value, meaning, secret }) =>
        `| \`${variable}\` | ${value === '' || value === 'needed' ? value : `\`${escaped(value)}\``} | ${escaped(meaning ?? '')}${secret ? ' **Secret.**' : ''} |`,
    );
    return `## ${title}\n\n| Variable | Default | Meaning |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
  });
  return format(`${head}\n${sections.join('\n')}`, { parser: 'markdown', printWidth: 120 });
}

const head = `# Settings

A process reads its settings from the environment, once. A setting of a service is \`RETORT_<SERVICE>_<NAME>\`; where that is not
set, \`RETORT_<NAME>\` is read, so that one process that hosts everything can be told once. Numbers and booleans are written as
such, lists and objects as JSON (a list of strings also with commas). An empty value counts as absent. A process with wrong
settings names all of them and does not start; with \`--validate\` it prints what it would run with, secrets hidden.

This page is made of the schemas in \`services/*/src/config.ts\` and of their comments by \`pnpm docs:settings\`.
`;

function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
