import { errors } from '@retort/kernel';
import type { Routes } from '../types.ts';

/** Where every error code is explained; the `type` of a problem is a place on this page. */
export const errorPagePath = '/errors';

/** The registry of errors as a page, for whoever follows the `type` of a problem. */
export function describeErrors(app: Routes): void {
  app.get(errorPagePath, { config: { public: true } }, (_request, reply) =>
    reply
      .headers({ 'content-type': 'text/html; charset=utf-8', 'content-security-policy': "default-src 'none'" })
      .send(page),
  );
}

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Errors of Retort</title>
<h1>Errors</h1>
<dl>
${Object.entries(errors)
  .toSorted(([a], [b]) => (a < b ? -1 : 1))
  .map(
    ([code, { status, retriable, title, remedy }]) =>
      `<dt id="${code}"><code>${code}</code> (${status}${retriable ? ', may be retried' : ''})</dt>
<dd>${escaped(`${title}. ${remedy}`)}</dd>`,
  )
  .join('\n')}
</dl>
</html>
`;

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
