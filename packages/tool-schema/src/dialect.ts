import { Ajv } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import draft04 from 'ajv-draft-04';
import { linearFormats } from './formats.ts';

/** A draft of JSON Schema, as the host of its keywords. */
export type Dialect = (options: { meta: boolean }) => Ajv;

/** The draft that a schema's `$schema` names; 2020-12 where it names none of them. */
export function dialectOf($schema: unknown): Dialect {
  const named = typeof $schema === 'string' ? dialects.find(({ uri }) => uri.test($schema)) : undefined;
  return named?.dialect ?? draft2020;
}

const options = {
  strict: false,
  allErrors: true,
  inlineRefs: false,
  code: { optimize: false },
  formats: linearFormats,
  logger: false,
} as const;

/** Without the meta-schema nothing is known but the keywords: for schemas that were checked before. */
const host =
  (make: (settings: object) => Ajv): Dialect =>
  ({ meta }) =>
    make({ ...options, meta, validateSchema: meta });

const draft2020 = host((settings) => new Ajv2020(settings) as unknown as Ajv);

const dialects = [
  { uri: /^http:\/\/json-schema\.org\/draft-04\/schema#?$/, dialect: host((settings) => draft04Host(settings)) },
  { uri: /^http:\/\/json-schema\.org\/draft-0[67]\/schema#?$/, dialect: host((settings) => new Ajv(settings)) },
  {
    uri: /^https:\/\/json-schema\.org\/draft\/2019-09\/schema#?$/,
    dialect: host((settings) => new Ajv2019(settings) as unknown as Ajv),
  },
];

const draft04Host = (settings: object) => new draft04.default(settings) as unknown as Ajv;
