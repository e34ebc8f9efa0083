import { exceededJsonBudget, fault } from '@retort/kernel';
import type { Routes } from '../types.ts';

/** Levels of JSON that a body may have: whoever walks one may recurse. */
const deepest = 128;
/** Values of JSON that a body may hold unless its route says otherwise: it is parsed in one go, about 20 ms for so many. */
const mostValues = 50_000;

/** Parses JSON bodies.
 *  @throws `request.body-too-deep` (422), `request.body-too-many-values` (413), and the parser's own complaints (400) */
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
    return parse(request, text, done);
  });
}
