import { toPointer, type FaultPointer } from '@retort/kernel';
import type { Ajv } from 'ajv';
import { toolSchemaLimits } from './limits.ts';
import type { LinearPattern } from './linear-pattern.ts';
import type { Keyword } from './metered-keywords.ts';
import { pointerTo } from './pointer-to.ts';

/** Ends a compilation: the schema cannot be checked against. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly pointer: string;
  constructor(pointer: string, message: string) {
    super(message);
    this.pointer = pointer;
  }
}

export interface KeywordPolicy {
  /** Whether a keyword is compiled.
   *  @throws `Refused` */
  admit(keyword: Keyword): boolean;
  /** What was not admitted, each once. */
  unchecked(): FaultPointer[];
}

interface Subject {
  schema: object;
  formats: Ajv['formats'];
  pattern(source: string): LinearPattern | null;
}

/** Decides, keyword by keyword, what of a schema is checked. */
export function keywordPolicy({ schema, formats, pattern }: Subject): KeywordPolicy {
  const unchecked = new Map<string, FaultPointer>();
  let compiled = 0;

  function leaveUnchecked(pointer: string, message: string): false {
    unchecked.set(pointer, { pointer, message });
    return false;
  }

  return {
    unchecked: () => [...unchecked.values()],
    admit({ name, value, holder }) {
      const pointer = () => `${pointerTo(schema, (node) => node === holder) ?? ''}${toPointer([name])}`;
      compiled += compilationCost(name, value);
      if (compiled > toolSchemaLimits.keywords)
        throw new Refused(
          '',
          `has more than ${toolSchemaLimits.keywords} keywords; a reference counts as four, a pattern as ten`,
        );
      if (name === 'pattern' && typeof value === 'string' && pattern(value) === null)
        return leaveUnchecked(pointer(), notLinear);
      if (name === 'patternProperties' && typeof value === 'object' && value !== null) {
        const refused = Object.keys(value).filter((source) => pattern(source) === null);
        for (const source of refused) leaveUnchecked(`${pointer()}${toPointer([source])}`, notLinear);
        return refused.length === 0;
      }
      if (name === 'format' && typeof value === 'string' && !Object.hasOwn(formats, value)) {
        if (!uncheckedFormats.has(value)) throw new Refused(pointer(), `names a format that JSON Schema does not have`);
        return leaveUnchecked(pointer(), 'No validator of this format is available: it is not checked.');
      }
      return true;
    },
  };
}

function compilationCost(name: string, value: unknown): number {
  if (name === '$ref' || name === '$dynamicRef') return 4;
  if (name === 'pattern' && typeof value === 'string') return patternCost(value);
  if (name === 'patternProperties' && typeof value === 'object' && value !== null)
    return Object.keys(value).reduce((sum, source) => sum + patternCost(source), 1);
  return 1;
}

const patternCost = (source: string) => 10 + source.length / 10;

const notLinear =
  'The pattern does not run in linear time (look-around, a back reference, or too large): it is not checked.';

/** Formats of the standard without a validator here. */
const uncheckedFormats = new Set(['idn-email', 'idn-hostname', 'iri', 'iri-reference']);
