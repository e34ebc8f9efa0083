import type { IncomingHttpHeaders } from 'node:http';

type Headers = Record<string, string | string[]>;

/** They are of the connection, not of the message (RFC 9110, 7.6.1). `expect` is answered here. */
const ofTheConnection = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'host',
]);
/** Said by the edge, or by a proxy that it trusts. */
const ofProxies = new Set(['x-forwarded-for', 'forwarded', 'x-real-ip']);

/** The header of a message as it goes on. What `connection` names is of the connection as well. */
export function handedOn(headers: IncomingHttpHeaders): Headers {
  const named = new Set(
    String(headers.connection ?? '')
      .split(',')
      .map((name) => name.trim().toLowerCase()),
  );
  const kept: Headers = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && !ofTheConnection.has(name) && !named.has(name)) kept[name] = value;
  return kept;
}

/** The header of a request as a service gets it: who calls is said anew, by addresses that are known. */
export function asked(
  headers: IncomingHttpHeaders,
  added: { addresses: readonly string[]; requestId: string },
): Headers {
  const kept = handedOn(headers);
  for (const name of ofProxies) delete kept[name];
  return { ...kept, 'x-forwarded-for': added.addresses.join(', '), 'x-request-id': added.requestId };
}
