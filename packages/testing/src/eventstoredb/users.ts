import { status, type Metadata } from '@grpc/grpc-js';
import type { ServerLog } from './log.ts';
import { callError } from './messages.ts';

export interface ServerUser {
  name: string;
  password: string;
  /** Groups, such as `$admins`. */
  groups?: readonly string[];
}

export interface Users {
  /** Whose call it is; `refusal` where the server does not know this user with this password. */
  caller(metadata: Metadata): { user: ServerUser | null } | { refusal: ReturnType<typeof callError> };
  mayReadAll(user: ServerUser | null): boolean;
  /** Reading and writing one stream. */
  mayUse(user: ServerUser | null, stream: string): boolean;
}

const administrators = '$admins';

/** Permissions as the real server has them when nobody has changed them: streams are everybody's; `$all`, and the server's
 *  own streams, whose names begin with `$`, are the administrators'. The metadata of `$all` name who else reads it. A server
 *  without users asks nobody who he is. */
export function usersOf(users: readonly ServerUser[] | undefined, log: Pick<ServerLog, 'stream'>): Users {
  const isAdministrator = (user: ServerUser | null) => user?.groups?.includes(administrators) ?? false;
  return {
    caller(metadata) {
      const [given] = metadata.get('authorization');
      if (users === undefined || given === undefined) return { user: null };
      const credentials = Buffer.from(String(given).replace(/^Basic /, ''), 'base64').toString('utf8');
      const user = users.find(({ name, password }) => `${name}:${password}` === credentials);
      return user ? { user } : { refusal: callError(status.UNAUTHENTICATED, 'Not Authenticated') };
    },
    mayReadAll(user) {
      if (users === undefined || isAdministrator(user)) return true;
      const readers = readersOfAll(log);
      return user !== null && [user.name, ...(user.groups ?? [])].some((role) => readers.includes(role));
    },
    mayUse: (user, stream) => users === undefined || !stream.startsWith('$') || isAdministrator(user),
  };
}

/** `$r` in the last metadata that were written of `$all`. */
function readersOfAll(log: Pick<ServerLog, 'stream'>): readonly string[] {
  const last = log.stream('$$$all')?.at(-1);
  if (!last) return [];
  const { $acl: acl } = JSON.parse(Buffer.from(last.data).toString('utf8')) as { $acl?: { $r?: string | string[] } };
  return [acl?.$r ?? []].flat();
}
