import { fault } from '@retort/kernel';

/** Where and as whom the client connects, fit for a log. */
export interface Connection {
  /** `host:port`, of a cluster every one that is named. */
  server: string;
  /** null where the connection string names none. */
  user: string | null;
}

const form = /^esdb(?:\+discover)?:\/\/(?:([^@/]*)@)?([^/?]+)/;

/** @throws `event-store.connection-string` for what is not one, naming no more of it than its scheme */
export function connectionOf(connectionString: string): Connection {
  const match = form.exec(connectionString);
  if (!match) {
    const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(connectionString)?.[0] ?? 'no scheme';
    throw fault('event-store.connection-string', {
      public:
        `The connection string of EventStoreDB (RETORT_EVENT_STORE_URL) begins with ${scheme}; expected ` +
        'esdb://host:2113 for one node, esdb+discover://host:2113 for a cluster.',
    });
  }
  const [, credentials, server] = match;
  return { server: server!, user: credentials === undefined ? null : decodeURIComponent(credentials.split(':')[0]!) };
}
