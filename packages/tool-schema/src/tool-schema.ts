import { toPointer, type FaultPointer } from '@retort/kernel';
import type { Ajv, ErrorObject, ValidateFunction } from 'ajv';
import { compileSchema, prepare } from './compile-schema.ts';
import { dialectOf, type Dialect } from './dialect.ts';
import { Refused } from './keyword-policy.ts';
import { toolSchemaLimits } from './limits.ts';
import { meterKeywords } from './metered-keywords.ts';
import { OverBudget, type Meter } from './meter.ts';
import { pointerTo } from './pointer-to.ts';

/** The JSON Schema of a tool's arguments, compiled. */
export interface ToolSchema {
  /** Why it is not accepted, by pointer into the schema; empty for one that is. A schema that is not accepted and is in use
   *  all the same checks nothing. */
  refusals: readonly FaultPointer[];
  /** What of it goes unchecked. A call that such a schema lets pass need not satisfy it. */
  unchecked: readonly FaultPointer[];
  check: Check;
  /** For arguments that are known in part: objects only to what no further argument could mend. */
  checkInPart: Check;
}

/** What speaks against arguments; null when nothing does. `calls` that are checked one after the other share the budget. */
export type Check = (parameters: unknown, calls?: number) => Objection | null;

export type Objection =
  | { kind: 'violated'; violations: readonly FaultPointer[] }
  /** Checking them takes more steps than `toolSchemaLimits` allows. */
  | { kind: 'over-budget' };

const overBudget: Objection = { kind: 'over-budget' };

/** What a keyword that goes unchecked may turn round, if it stays: without them a check only lets more pass. */
const turnedRound = ['not', 'if', 'contains', 'oneOf', 'unevaluatedProperties', 'unevaluatedItems'];

/** What more arguments may satisfy, or may make to be said of others. */
const mendable = [...turnedRound, 'required', 'minProperties', 'dependentRequired', 'dependencies'];

/** Compiles tool schemas of a size within the limits, one at a time. */
export function toolSchemaCompiler(meter: Meter): (schema: Record<string, unknown>) => ToolSchema {
  const metaSchemas = new Map<Dialect, Ajv>();

  function metaSchemaOf(dialect: Dialect): Ajv {
    let ajv = metaSchemas.get(dialect);
    if (!ajv) {
      ajv = dialect({ meta: true });
      prepare(ajv, meter);
      meterKeywords(ajv, meter, () => true);
      metaSchemas.set(dialect, ajv);
    }
    return ajv;
  }

  return ({ $schema, ...schema }) => {
    const dialect = dialectOf($schema);
    const compile = (without: readonly string[]) => compileSchema(schema, { dialect, meter, without });
    try {
      // Ajv would answer with a promise, which is true whatever becomes of it.
      const asynchronous = pointerTo(schema, (node) => '$async' in node && node.$async === true);
      if (asynchronous !== null) throw new Refused(`${asynchronous}/$async`, 'is not a keyword of JSON Schema');
      const misstated = metered(meter, () => violationsOf(metaSchemaOf(dialect), schema));
      if (misstated.length > 0) return refused(misstated);
      const whole = compile([]);
      const { unchecked } = whole;
      const alsoUnchecked = unchecked.length === 0 ? [] : [...turnedRound, 'additionalProperties'];
      const { validate } = unchecked.length === 0 ? whole : compile(alsoUnchecked);
      let inPart: ValidateFunction | undefined;
      return {
        refusals: [],
        unchecked,
        check: checkWith(validate, meter),
        checkInPart: (parameters, calls) => {
          inPart ??= compile([...mendable, ...alsoUnchecked]).validate;
          return checkWith(inPart, meter)(parameters, calls);
        },
      };
    } catch (error) {
      if (error instanceof Refused) return refused([{ pointer: error.pointer, message: error.message }]);
      return refused([{ pointer: '', message: reasonOf(error) }]);
    }
  };
}

function reasonOf(error: unknown): string {
  if (error instanceof OverBudget) return 'takes too many steps to be checked';
  if (error instanceof RangeError) return 'refers to itself without end';
  return error instanceof Error ? error.message.slice(0, 300) : 'is not a JSON Schema';
}

/** A schema that is not accepted. */
export function refused(refusals: readonly FaultPointer[]): ToolSchema {
  const nothing = () => null;
  return { refusals, unchecked: refusals, check: nothing, checkInPart: nothing };
}

function metered<Result>(meter: Meter, work: () => Result, calls = 1): Result {
  meter.begin(toolSchemaLimits.steps / calls);
  return work();
}

function violationsOf(ajv: Ajv, schema: object): FaultPointer[] {
  if (ajv.validateSchema(schema) === true) return [];
  const byPointer = new Map(violations(ajv.errors).map((violation) => [violation.pointer, violation]));
  return [...byPointer.values()];
}

function checkWith(validate: ValidateFunction, meter: Meter): Check {
  return (parameters, calls) => {
    try {
      return metered(meter, () => validate(parameters), calls)
        ? null
        : { kind: 'violated', violations: violations(validate.errors) };
    } catch (error) {
      // A chain of references may be deeper than the stack: that is a budget, too.
      if (error instanceof OverBudget || error instanceof RangeError) return overBudget;
      throw error;
    } finally {
      validate.errors = null;
    }
  };
}

const mostViolations = 50;

function violations(errors: readonly ErrorObject[] | null | undefined): FaultPointer[] {
  return (errors ?? []).slice(0, mostViolations).map(({ instancePath, keyword, params, message }) => {
    const member = (params as Record<string, unknown>)[namedMember[keyword] ?? ''];
    return {
      pointer: `${instancePath}${typeof member === 'string' ? toPointer([member]) : ''}`,
      message: message ?? 'does not satisfy the schema',
    };
  });
}

/** Where an error of a keyword names the member that it is about. */
const namedMember: Record<string, string> = {
  required: 'missingProperty',
  additionalProperties: 'additionalProperty',
  unevaluatedProperties: 'unevaluatedProperty',
};
