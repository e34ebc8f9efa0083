import { status } from '@grpc/grpc-js';
import type { Fault } from '@retort/kernel';
import type { Connection } from './connection.ts';

/** What was being done when the server failed us. */
export interface Operation {
  verb: 'append' | 'read' | 'subscribe';
  stream: string;
}

const verbs = { append: 'append to', read: 'read', subscribe: 'subscribe to' };

/** One sentence or two for whoever operates the platform: server, user, operation, cause and remedy. */
export function explain(failure: Fault, { verb, stream }: Operation, { server, user }: Connection): string {
  const who = user === null ? 'without a user' : `as user "${user}"`;
  return `EventStoreDB at ${server}, ${who}, cannot ${verbs[verb]} ${stream}: ${causeOf(failure, { verb, server })}`;
}

function causeOf({ detail }: Fault, { verb, server }: { verb: Operation['verb']; server: string }): string {
  const { internal = {}, cause } = detail;
  const { code, type, name } = internal;
  const said = cause instanceof Error ? cause.message : '';
  if (code === status.UNAUTHENTICATED || type === 'not-authenticated')
    return 'the server does not know this user with this password. Correct both in RETORT_EVENT_STORE_URL.';
  if (code === status.PERMISSION_DENIED || type === 'access-denied' || String(name).endsWith('AccessDenied'))
    return verb === 'append'
      ? 'the user may not write there. Give it the write role on the streams ($acl, or the default ACL).'
      : 'the user may not read there. Give it the read role on $all (the $r of its $acl).';
  if (/certificate|self.signed|issuer/i.test(said))
    return `the server's certificate is of an authority that is unknown here (${said}). Name the CA's file: tlsCaFile=/path/ca.crt in RETORT_EVENT_STORE_URL.`;
  if (/wrong version number|EPROTO|packet length too long|ssl/i.test(said))
    return 'the server speaks without TLS. Set tls=false in RETORT_EVENT_STORE_URL, or turn TLS on there.';
  if (/ECONNREFUSED/.test(said)) return `nothing listens at ${server}. Correct host and port, or start the server.`;
  if (/ENOTFOUND|EAI_AGAIN|name resolution/i.test(said))
    return `the name of the host is not known. Correct the host in RETORT_EVENT_STORE_URL.`;
  if (/ECONNRESET|socket hang up|Connection dropped|GOAWAY|protocol error|bad_record|parse/i.test(said))
    return 'the server ended the connection. If that goes on: it wants TLS (leave out tls=false), or another protocol is spoken at this port.';
  return `it does not answer (${said === '' ? detail.public : said}). The platform goes on trying.`;
}
