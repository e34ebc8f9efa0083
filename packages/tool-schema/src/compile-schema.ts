import type { FaultPointer } from '@retort/kernel';
import type { Ajv, ValidateFunction } from 'ajv';
import { validateUnion } from 'ajv/dist/vocabularies/code.js';
import type { Dialect } from './dialect.ts';
import { keywordPolicy } from './keyword-policy.ts';
import { linearPattern, type LinearPattern } from './linear-pattern.ts';
import { meterKeywords } from './metered-keywords.ts';
import type { Meter } from './meter.ts';
import { uniqueItems } from './unique-items.ts';

export interface CompiledSchema {
  validate: ValidateFunction;
  /** Keywords that are left out, by pointer. */
  unchecked: FaultPointer[];
}

interface Compilation {
  dialect: Dialect;
  meter: Meter;
  /** Keywords that say nothing here. */
  without: readonly string[];
}

/** Compiles in an Ajv of its own: the identifiers that one schema defines mean nothing to another, and all goes when the
 *  compiled schema goes.
 *  @throws `Refused`, and whatever Ajv makes of a schema that it cannot compile */
export function compileSchema(schema: object, { dialect, meter, without }: Compilation): CompiledSchema {
  const ajv = dialect({ meta: false });
  const patterns = patternCache(meter);
  const policy = keywordPolicy({ schema, formats: ajv.formats, pattern: patterns });
  ajv.opts.code.regExp = Object.assign((source: string) => patterns(source) ?? /(?:)/u, { code: 'linearPattern' });
  prepare(ajv, meter, without);
  meterKeywords(ajv, meter, policy.admit);
  const validate = ajv.compile(schema);
  return { validate, unchecked: policy.unchecked() };
}

/** Replaces the keyword that is not linear, and removes those that are not asked for. */
export function prepare(ajv: Ajv, meter: Meter, without: readonly string[] = []): void {
  ajv.removeKeyword('uniqueItems').addKeyword(uniqueItems(meter));
  for (const keyword of without) ajv.removeKeyword(keyword);
  // That more than one branch fits may say nothing; that none does says something always.
  if (without.includes('oneOf'))
    ajv.addKeyword({ keyword: 'oneOf', schemaType: 'array', trackErrors: true, code: validateUnion });
}

function patternCache(meter: Meter): (source: string) => LinearPattern | null {
  const compiled = new Map<string, LinearPattern | null>();
  return (source) => {
    let pattern = compiled.get(source);
    if (pattern === undefined) {
      pattern = linearPattern(source, meter);
      compiled.set(source, pattern);
    }
    return pattern;
  };
}
