/** Steps of one keyword: `once` for a value that it is applied to, `each` for every character, item or member of it. */
export interface KeywordCost {
  once: number;
  each: number;
}

/** An upper bound of what a keyword does itself; subschemas and patterns count their own steps. */
export function keywordCost(keyword: string, value: unknown): KeywordCost {
  switch (keyword) {
    case 'enum':
    case 'const':
    case 'required':
    case 'dependentRequired':
      return { once: 2 + valuesIn(value), each: 0 };
    case 'properties':
    case 'prefixItems':
      return { once: 2 + members(value), each: 0 };
    case 'items':
    case 'additionalItems':
      return { once: 1 + (Array.isArray(value) ? value.length : 0), each: 1 };
    case 'contains':
    case 'unevaluatedItems':
    case 'propertyNames':
    case 'unevaluatedProperties':
    case 'minProperties':
    case 'maxProperties':
      return { once: 2, each: 1 };
    case 'additionalProperties':
      return { once: 2, each: 4 };
    case 'patternProperties':
      return { once: 2, each: 6 + 4 * members(value) };
    case 'allOf':
    case 'anyOf':
    case 'oneOf':
    case 'dependentSchemas':
    case 'dependencies':
      // What each branch evaluated is merged, member by member.
      return { once: 4 + 2 * valuesOfLists(value), each: members(value) };
    case '$ref':
    case '$dynamicRef':
    case '$recursiveRef':
    case 'if':
    case 'not':
      return { once: 8, each: 1 };
    case 'format':
      return { once: 2, each: slowFormats.has(value) ? 4 : 1 };
    case 'minLength':
    case 'maxLength':
      return { once: 2, each: 1 };
    default:
      return { once: 2, each: 0 };
  }
}

/** Those that take several times as long for a character as the others. */
const slowFormats: ReadonlySet<unknown> = new Set(['uri-template', 'json-pointer', 'relative-json-pointer']);

const charactersPerStep = 16;

/** JSON values, long strings in steps of sixteen characters. */
function valuesIn(value: unknown): number {
  if (typeof value === 'string') return 1 + value.length / charactersPerStep;
  if (typeof value !== 'object' || value === null) return 1;
  let sum = 1;
  for (const member of Object.values(value)) sum += 1 + valuesIn(member);
  return sum;
}

function members(value: unknown): number {
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
}

/** `dependencies` holds lists of names beside subschemas. */
function valuesOfLists(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce<number>((sum, member) => sum + 1 + (Array.isArray(member) ? member.length : 0), 0);
}
