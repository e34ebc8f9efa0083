import { fault } from '@retort/kernel';
import { Ajv, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { validateUnion } from 'ajv/dist/vocabularies/code.js';
import addFormats from 'ajv-formats';

/** Compiles a tool's JSON Schema.
 *  @throws `toolsets.invalid-schema` (422) at `pointer` */
export type SchemaCompiler = (schema: Record<string, unknown>, pointer: string) => ValidateFunction;

export interface SchemaCompilers {
  whole: SchemaCompiler;
  /** For arguments that are known in part: refuses only what no further argument could mend. */
  inPart: SchemaCompiler;
}

export function schemaCompilers(): SchemaCompilers {
  const { older, current } = ajvs();
  return { whole: compilerOf(ajvs()), inPart: compilerOf({ older: forgiving(older), current: forgiving(current) }) };
}

/** What more arguments may satisfy, or may make to be said of others. */
const mendable = [
  ...['required', 'minProperties', 'dependentRequired', 'dependencies', 'not', 'if', 'contains'],
  ...['unevaluatedProperties', 'unevaluatedItems', 'oneOf'],
];

/** That more than one of `oneOf` fits may be mended too; that none does may not. */
function forgiving(ajv: Ajv): Ajv {
  for (const keyword of mendable) ajv.removeKeyword(keyword);
  return ajv.addKeyword({ keyword: 'oneOf', schemaType: 'array', trackErrors: true, code: validateUnion });
}

interface Ajvs {
  older: Ajv;
  current: Ajv;
}

function ajvs(): Ajvs {
  const options = { strict: false, allErrors: true, addUsedSchema: false, logger: false } as const;
  const [older, current] = [new Ajv(options), new Ajv2020(options) as unknown as Ajv];
  addFormats.default(older);
  addFormats.default(current);
  return { older, current };
}

/** A schema without `$schema`, or with one we do not know, is read as draft 2020-12: it understands what the older
 *  drafts' tools are written with. */
function compilerOf({ older, current }: Ajvs): SchemaCompiler {
  return ({ $schema, ...schema }, pointer) => {
    const ajv = typeof $schema === 'string' && /draft-0[67]/.test($schema) ? older : current;
    try {
      if ('$async' in schema) throw new Error('$async is not JSON Schema');
      return ajv.compile(schema);
    } catch (error) {
      throw fault('toolsets.invalid-schema', {
        public: 'The parameters of a tool are not a valid JSON Schema.',
        errors: [{ pointer, message: error instanceof Error ? error.message.slice(0, 300) : 'not a JSON Schema' }],
      });
    } finally {
      // The compiler would remember every schema it ever saw.
      ajv.removeSchema(schema);
    }
  };
}
