import { fault } from '@retort/kernel';
import { z } from 'zod';
import { innerType } from './secret.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigSource {
  /** Its key `batchSize` is read from `RETORT_CURATION_BATCH_SIZE`, else from `RETORT_BATCH_SIZE`. */
  service?: string;
  env: Environment;
  /** Given in the program instead of the environment; these win. */
  settings?: Readonly<Record<string, unknown>>;
}

/** Reads the keys of one schema, and no others, from the environment. Numbers and booleans are written as such, lists
 *  and objects as JSON (a list of strings also with commas); an empty value counts as absent.
 *  @throws `config.invalid` naming every variable that is wrong, not only the first. */
export function parseConfig<Schema extends z.ZodType>(schema: Schema, source: ConfigSource): z.infer<Schema> {
  const shape = shapeOf(schema);
  const input: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(shape)) {
    const given = source.settings?.[key];
    const written = variablesOf(key, source.service)
      .map((name) => source.env[name])
      .find((value) => value !== undefined && value !== '');
    if (given !== undefined) input[key] = given;
    else if (written !== undefined) input[key] = fromText(member, written);
  }
  const unknown = Object.keys(source.settings ?? {}).filter((key) => !(key in shape));
  const parsed = schema.safeParse(input);
  if (parsed.success && unknown.length === 0) return parsed.data;
  const errors = [
    ...(parsed.error?.issues ?? []).map((issue) => {
      const [key, ...rest] = issue.path.map(String);
      const name = key === undefined ? (source.service ?? 'configuration') : variablesOf(key, source.service)[0]!;
      return { pointer: [name, ...rest].join('/'), message: issue.message };
    }),
    ...unknown.map((key) => ({ pointer: key, message: 'no such setting' })),
  ];
  throw fault('config.invalid', {
    public: errors.map(({ pointer, message }) => `${pointer}: ${message}`).join('; '),
    errors,
  });
}

/** The environment variables that may hold a key, the most specific first. */
export function variablesOf(key: string, service?: string): string[] {
  const name = key.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
  const general = `RETORT_${name}`;
  return service ? [`RETORT_${service.replaceAll('-', '_').toUpperCase()}_${name}`, general] : [general];
}

export function shapeOf(schema: z.ZodType): Record<string, z.ZodType> {
  if (schema instanceof z.ZodObject) return schema.shape as Record<string, z.ZodType>;
  throw new TypeError('a configuration schema is a zod object');
}

function fromText(schema: z.ZodType, text: string): unknown {
  const inner = innerType(schema);
  if (inner) return fromText(inner, text);
  if (schema instanceof z.ZodNumber) return text.trim() === '' ? text : Number(text);
  if (schema instanceof z.ZodBoolean)
    return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : text;
  if (schema instanceof z.ZodArray && !text.trimStart().startsWith('['))
    return text.split(',').map((item) => item.trim());
  if (schema instanceof z.ZodArray || schema instanceof z.ZodObject || schema instanceof z.ZodRecord)
    return fromJson(text);
  return text;
}

/** Text that is no JSON stays text: the schema then says what it expected, under the variable's name. */
function fromJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
