import { fault, jsonIsDeeperThan } from '@retort/kernel';
import type { Routes } from '../types.ts';

/** Levels of JSON that a body may have: whoever walks one may recurse. */
const deepest = 128;

/** Parses JSON bodies.
 *  @throws `request.body-too-deep` (422), and the parser's own complaints (400) */
export function receiveJson(app: Routes): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = String(body);
    if (jsonIsDeeperThan(text, deepest))
      return done(fault('request.body-too-deep', { public: `The body is nested deeper than ${deepest} levels.` }));
    return parse(request, text, done);
  });
}
