import { permanent, temporary } from './entry.ts';

const followPointers = 'Correct the members that `errors` names.';

/** What any resource may answer, before or beside its own work. */
export const requestErrors = {
  internal: permanent(500, 'Internal error', 'Report the request id: the log has the details.'),
  'request.malformed': permanent(400, 'Malformed HTTP request', 'Send a valid HTTP/1.1 request.'),
  'request.malformed-url': permanent(400, 'Malformed URL', 'Percent-encode the path.'),
  'request.malformed-json': permanent(400, 'Malformed JSON', 'Send a body that is valid JSON.'),
  'request.invalid-content-length': permanent(400, 'Wrong Content-Length', 'Send as many bytes as the header says.'),
  'request.invalid-body': permanent(400, 'Invalid body', followPointers),
  'request.invalid-query': permanent(400, 'Invalid query string', followPointers),
  'request.invalid-path': permanent(400, 'Invalid path parameter', followPointers),
  'request.invalid-headers': permanent(400, 'Invalid header', followPointers),
  'request.not-found': permanent(404, 'No such resource', 'Look the path up in /docs or /openapi.json.'),
  'request.method-not-allowed': permanent(405, 'Method not allowed', 'Use a method that `Allow` names.'),
  'request.not-acceptable': permanent(406, 'Not acceptable', 'Accept a media type that the resource offers.'),
  'request.body-too-large': permanent(413, 'Body too large', 'Send less at once, in several requests.'),
  'request.body-too-many-values': permanent(
    413,
    'Body of too many values',
    'Send fewer objects, arrays and other values at once.',
  ),
  'request.body-too-deep': permanent(422, 'Body nested too deep', 'Nest objects and arrays less deeply.'),
  'request.incomplete': temporary(408, 'Request incomplete', 'Send the whole request at once.'),
  'request.headers-too-large': permanent(431, 'Header fields too large', 'Send fewer or shorter header fields.'),
  'request.unsupported-content-encoding': permanent(
    415,
    'Unsupported content encoding',
    'Send the body as it is, without Content-Encoding.',
  ),
  'request.unsupported-media-type': permanent(
    415,
    'Unsupported media type',
    'Send a content type that the resource takes.',
  ),
  'access.key-missing': permanent(401, 'API key missing', 'Send `Authorization: Bearer rt_…` or `x-api-key`.'),
  'access.key-refused': permanent(401, 'API key refused', 'Use a key that is known, not expired and not revoked.'),
  'access.scope-missing': permanent(403, 'Scope missing', 'Use a key that carries the scope.'),
  'access.tenant-not-yours': permanent(403, 'Foreign tenant', 'Leave x-retort-tenant out: the key has its tenant.'),
  'access.tenant-needed': permanent(400, 'Tenant needed', 'Name a tenant in x-retort-tenant.'),
  'access.expiry-past': permanent(422, 'Expiry in the past', 'Name a later expires_at, or none.'),
  'access.no-such-key': permanent(404, 'No such API key', 'List the keys of the tenant.'),
  'http.unreachable': temporary(503, 'Service unreachable', 'Try again; see that the service runs.'),
  'http.timeout': permanent(504, 'Service timed out', 'See how busy the service is before asking again.'),
  'http.unexpected-answer': permanent(502, 'Unexpected answer', 'Run releases whose contracts fit together.'),
  'http.upstream-error': temporary(502, 'Upstream error', 'See the log of the service that was called.'),
  'run.too-many-queued': temporary(429, 'Too many runs wait', 'Wait until one of them ends, or cancel one.'),
  'run.lost': temporary(409, 'Run taken over', 'Nothing: the process that took the run over goes on with it.'),
  'run.interrupted': temporary(503, 'Run interrupted', 'Start the run again, or resume it.'),
};
