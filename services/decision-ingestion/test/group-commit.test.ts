import type { AppendRequest } from '@retort/event-store';
import { fault, isFault } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import { groupCommit, type CommitOutcome, type GroupCommitPorts } from '../src/app/group-commit.ts';

/** A log whose commits finish when the test says so. */
function controlledLog() {
  const commits: { requests: readonly AppendRequest[]; finish(): void; fail(error: unknown): void }[] = [];
  return {
    commits,
    appendGroup: (requests: readonly AppendRequest[]) =>
      new Promise<CommitOutcome[]>((resolve, reject) => {
        commits.push({
          requests,
          finish: () =>
            resolve(requests.map((_, index) => ({ status: 'appended', revision: BigInt(index), position: '1/0' }))),
          fail: reject,
        });
      }),
  };
}

function request(id: string): AppendRequest {
  const event = {
    id,
    type: 'AGENT_TOOL_SELECTED',
    version: 1,
    tenant: 'acme',
    aggregateType: 'agent',
    aggregateId: 'loan',
    occurredAt: '2026-01-01T00:00:00.000Z',
    causationId: null,
    correlationId: 'c',
    json: '{}',
  };
  return { stream: 'agent-acme.loan', expected: 'any', events: [event] };
}

const bounds = { lanes: 1, capacity: 10, capacityCharacters: 1000, largestGroup: 4 };
const start = (options: Partial<GroupCommitPorts> = {}) => {
  const log = controlledLog();
  return { log, commits: groupCommit({ store: log, ...bounds, ...options }) };
};
const idsOf = (requests: readonly AppendRequest[]) => requests.map(({ events }) => events[0]!.id);
const settled = async () => new Promise((resolve) => setImmediate(resolve));

describe('group commit', () => {
  it('commits a lone event at once', () => {
    const { log, commits } = start();
    void commits.submit([request('a')]);
    expect(log.commits).toHaveLength(1);
  });

  it('gathers what arrives during a commit into the next, in order', async () => {
    const { log, commits } = start();
    const first = commits.submit([request('a')]);
    const others = ['b', 'c'].map((id) => commits.submit([request(id)]));
    log.commits[0]!.finish();
    await first;
    await settled();
    expect(log.commits).toHaveLength(2);
    expect(idsOf(log.commits[1]!.requests)).toEqual(['b', 'c']);
    log.commits[1]!.finish();
    expect((await Promise.all(others)).map(([outcome]) => outcome)).toMatchObject([{ revision: 0n }, { revision: 1n }]);
    await commits.idle();
    expect(commits.depth()).toBe(0);
  });

  it('commits half of those who came to wait for a lone one, so that the others are under way while these are answered', async () => {
    const { log, commits } = start({ largestGroup: 100 });
    void commits.submit([request('a')]);
    for (const id of ['b', 'c', 'd', 'e', 'f']) void commits.submit([request(id)]);
    for (let commit = 0; commit < 3; commit++) {
      log.commits[commit]!.finish();
      await settled();
    }
    expect(log.commits.map(({ requests }) => idsOf(requests))).toEqual([['a'], ['b', 'c', 'd'], ['e', 'f']]);
  });

  it('keeps as many commits in flight as it has lanes', () => {
    const { log, commits } = start({ lanes: 2 });
    for (const id of ['a', 'b', 'c']) void commits.submit([request(id)]);
    expect(log.commits.map(({ requests }) => idsOf(requests))).toEqual([['a'], ['b']]);
  });

  it('refuses past its bound with 503 and when to come back, and takes nothing of the request', async () => {
    const { log, commits } = start({ capacity: 2 });
    void commits.submit([request('a')]);
    void commits.submit([request('b')]);
    const refused = await commits.submit([request('c')]).catch((error: unknown) => error);
    expect(isFault(refused, 'decisions.overloaded') && refused.detail).toMatchObject({ status: 503, retryAfter: 1 });
    log.commits[0]!.finish();
    await settled();
    log.commits[1]!.finish();
    await commits.idle();
    expect(log.commits.flatMap(({ requests }) => idsOf(requests))).toEqual(['a', 'b']);
  });

  it('bounds what waits in bytes as well as in events', async () => {
    const { commits } = start({ capacityCharacters: 3 });
    void commits.submit([request('a')]);
    await expect(commits.submit([request('b')])).rejects.toThrow('decisions.overloaded');
  });

  it('tries each submission alone when the store refuses a group for its content', async () => {
    const { log, commits } = start();
    void commits.submit([request('first')]);
    const good = commits.submit([request('good')]);
    const bad = commits.submit([request('bad')]);
    log.commits[0]!.finish();
    await settled();
    log.commits[1]!.fail(new Error('a value was refused'));
    await settled();
    log.commits[2]!.finish();
    await settled();
    log.commits[3]!.fail(new Error('a value was refused'));
    await expect(good).resolves.toMatchObject([{ status: 'appended' }]);
    await expect(bad).rejects.toThrow('a value was refused');
  });

  it('says that it does not know when the store was lost during a commit', async () => {
    const { log, commits } = start();
    const submitted = commits.submit([request('a')]);
    log.commits[0]!.fail(fault('postgres.unavailable', { public: 'gone' }));
    await expect(submitted).rejects.toThrow('decisions.store-unavailable');
  });
});
