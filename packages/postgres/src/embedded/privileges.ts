import { spawnSync } from 'node:child_process';
import { chown, readFile, stat } from 'node:fs/promises';
import { fault } from '@retort/kernel';

/** How to start a program that refuses to run as root. */
export interface Launcher {
  prefix: readonly string[];
  /** Operating system user that the program runs as; ours when absent. */
  user?: { uid: number; gid: number };
}

const unprivileged = 65534;

/** Ordinary users start the server directly. Root starts it in a user namespace in which it is nobody: no OS user is
 *  needed and the files stay root's. Where namespaces are forbidden (many containers) it runs as an OS user, to whom
 *  `folder` is given.
 *  @throws `postgres.root` (500) when neither works. */
export async function chooseLauncher(folder: string): Promise<Launcher> {
  if (process.getuid?.() !== 0) return { prefix: [] };
  const { uid, gid } = await stat(folder);
  if (uid !== 0) return { prefix: [], user: { uid, gid } };
  const prefix = ['unshare', '--user', `--map-user=${unprivileged}`, `--map-group=${unprivileged}`];
  const [command, ...options] = prefix as [string, ...string[]];
  if (spawnSync(command, [...options, 'true'], { stdio: 'ignore' }).status === 0) return { prefix };
  const user = await systemUser();
  await chown(folder, user.uid, user.gid);
  if (spawnSync('test', ['-w', folder, '-a', '-x', folder], { stdio: 'ignore', ...user }).status === 0)
    return { prefix: [], user };
  await chown(folder, 0, 0);
  throw refusesRoot(`the folder ${folder} cannot be reached by an unprivileged user`);
}

async function systemUser(): Promise<{ uid: number; gid: number }> {
  const users = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const user = users.find((fields) => fields[0] === name);
    if (user) return { uid: Number(user[2]), gid: Number(user[3]) };
  }
  throw refusesRoot('there is no user "postgres" or "nobody"');
}

function refusesRoot(reason: string) {
  return fault('postgres.root', {
    public:
      `Postgres refuses to run as root, user namespaces are not allowed here, and ${reason}. ` +
      'Start as an ordinary user, choose another data folder, or point the platform to a Postgres of your own.',
  });
}
