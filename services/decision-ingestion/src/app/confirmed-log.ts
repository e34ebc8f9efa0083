import type { GroupLog } from './group-commit.ts';

/** A log that takes nothing before it was confirmed to be the one to which the identities belong; while it is empty it is
 *  asked again with each group.
 *  @param confirm resolves to whether the log has begun; throws where it is another one */
export function confirmedLog(log: GroupLog, confirm: () => Promise<boolean>): GroupLog {
  let begun = false;
  return {
    async appendGroup(requests) {
      if (!begun) begun = await confirm();
      return log.appendGroup(requests);
    },
  };
}
