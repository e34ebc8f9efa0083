import { exceededJsonBudget, fault } from '@retort/kernel';
import type { Routes } from '../types.ts';

/** Levels of JSON that a body may have: whoever walks one may recurse. */
const deepest = 128;
/** Values of JSON that a body may hold unless its route says otherwise: it is parsed in one go, about 20 ms for so many. */
const mostValues = 50_000;

/** A number that is parsed as Infinity has an exponent of three digits or more than 308 digits. Each run of digits is tried once. */
const mayHoldInfinity = /\d[eE]\+?\d{3}|(?<!\d)\d{309}/;

/** JSON pointer of a number that is Infinity or −Infinity; null where there is none. */
function infiniteIn(value: unknown): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? null : '';
  if (typeof value !== 'object' || value === null) return null;
  for (const [name, inner] of Object.entries(value)) {
    const pointer = infiniteIn(inner);
    if (pointer !== null) return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}${pointer}`;
  }
  return null;
}

/** Parses JSON bodies.
 *  @throws `request.body-too-deep` (422), `request.body-too-many-values` (413), `request.invalid-body` (400), and the parser's own complaints (400) */
export function receiveJson(app: Routes): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = String(body);
    const values = request.routeOptions.config.bodyValues ?? mostValues;
    const exceeded = exceededJsonBudget(text, { levels: deepest, values });
    if (exceeded === 'levels')
      return done(fault('request.body-too-deep', { public: `The body is nested deeper than ${deepest} levels.` }));
    if (exceeded === 'values')
      return done(fault('request.body-too-many-values', { public: `The body holds more than ${values} values.` }));
    if (!mayHoldInfinity.test(text)) return parse(request, text, done);
    return parse(request, text, (error, value: unknown) => {
      const pointer = error ? null : infiniteIn(value);
      if (pointer === null) return done(error, value);
      const message = 'is beyond the largest number';
      done(
        fault('request.invalid-body', {
          public: 'The body holds a number that cannot be kept.',
          errors: [{ pointer, message }],
        }),
      );
    });
  });
}
