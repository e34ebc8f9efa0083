import type { AppendRequest, RecordedEvent } from '@retort/event-store';
import { fault, isFault, type Fault } from '@retort/kernel';

/** What became of one request. `identity-taken`: its event's id stands for other content. */
export type CommitOutcome =
  | { status: 'appended' }
  /** `recorded` is what the log holds under the id; empty where it is known to be the same. */
  | { status: 'duplicate'; recorded: readonly RecordedEvent[] }
  | { status: 'conflict' }
  | { status: 'rejected'; fault: Fault }
  | { status: 'identity-taken' };

export interface GroupLog {
  appendGroup(requests: readonly AppendRequest[]): Promise<CommitOutcome[]>;
}

export interface GroupCommitPorts {
  store: GroupLog;
  /** Commits in flight at once, whatever their size. */
  lanes: number;
  /** Further commits in flight for a store that is far away: each of at least so many events. None when absent. */
  further?: { lanes: number; leastEvents: number };
  /** Events waiting or in flight at most; beyond it `decisions.overloaded`. */
  capacity: number;
  /** Characters of JSON waiting or in flight at most. */
  capacityCharacters: number;
  /** Events in one commit at most, however many are under way (a submission is never divided). */
  largestGroup: number;
  onCommit?: (group: { events: number; seconds: number }) => void;
}

export interface GroupCommit {
  /** Resolves when the requests are durable, with an outcome each.
   *  @throws `decisions.overloaded` (503), nothing was taken; `decisions.store-unavailable` (503) */
  submit(requests: readonly AppendRequest[]): Promise<CommitOutcome[]>;
  /** Events waiting or in flight. */
  depth(): number;
  /** Resolves when nothing waits and nothing is in flight. */
  idle(): Promise<void>;
}

interface Submission {
  requests: readonly AppendRequest[];
  resolve(outcomes: CommitOutcome[]): void;
  reject(error: unknown): void;
}

/** What arrives while a commit is in flight is gathered and becomes the next commit, at once and without a timer: under
 *  load groups grow by themselves, and a lone event never waits for company.
 *
 *  A commit takes its share of what is under way: a share for each lane, and one for what was answered a moment ago and
 *  is being asked for again. Without that, callers fall into step: one of them is committed alone while all others come
 *  to wait, then those all at once while nothing comes, and we and the store rest by turns. */
export function groupCommit(options: GroupCommitPorts): GroupCommit {
  const waiting: Submission[] = [];
  const listeners: (() => void)[] = [];
  let inFlight = 0;
  let waitingEvents = 0;
  let events = 0;
  let lastAnswered = 0;
  let characters = 0;

  async function commit(group: readonly Submission[]): Promise<void> {
    const started = performance.now();
    await append(group);
    const requests = group.flatMap((submission) => submission.requests);
    options.onCommit?.({ events: requests.length, seconds: (performance.now() - started) / 1000 });
    inFlight--;
    lastAnswered = requests.length;
    events -= requests.length;
    characters -= charactersOf(requests);
    flush();
    if (events === 0) for (const listener of listeners.splice(0)) listener();
  }

  async function append(group: readonly Submission[]): Promise<void> {
    try {
      const outcomes = await options.store.appendGroup(group.flatMap((submission) => submission.requests));
      let taken = 0;
      for (const { requests, resolve } of group) resolve(outcomes.slice(taken, (taken += requests.length)));
    } catch (error) {
      // What the store refuses for its content is found by trying each submission alone: it must not fail the others.
      if (group.length > 1 && !(isFault(error) && error.detail.retriable))
        for (const submission of group) await append([submission]);
      else for (const { reject } of group) reject(refusal(error));
    }
  }

  function flush(): void {
    const share = Math.ceil((events + lastAnswered) / (options.lanes + 1));
    const largest = Math.min(share, options.largestGroup);
    while (waiting.length > 0 && mayBegin()) {
      let size = 0;
      let count = 0;
      do size += waiting[count++]!.requests.length;
      while (count < waiting.length && size + waiting[count]!.requests.length <= largest);
      inFlight++;
      waitingEvents -= size;
      void commit(waiting.splice(0, count));
    }
  }

  function mayBegin(): boolean {
    if (inFlight < options.lanes) return true;
    const { further } = options;
    return further !== undefined && inFlight < options.lanes + further.lanes && waitingEvents >= further.leastEvents;
  }

  return {
    submit(requests) {
      const weight = charactersOf(requests);
      if (
        events > 0 &&
        (events + requests.length > options.capacity || characters + weight > options.capacityCharacters)
      )
        return Promise.reject(overloaded());
      events += requests.length;
      characters += weight;
      return new Promise((resolve, reject) => {
        waiting.push({ requests, resolve, reject });
        waitingEvents += requests.length;
        flush();
      });
    },
    depth: () => events,
    idle: () => (events === 0 ? Promise.resolve() : new Promise((resolve) => listeners.push(resolve))),
  };
}

function charactersOf(requests: readonly AppendRequest[]): number {
  let sum = 0;
  for (const request of requests) for (const event of request.events) sum += event.json.length;
  return sum;
}

function overloaded() {
  return fault('decisions.overloaded', {
    retryAfter: 1,
    public: 'More is arriving than can be stored now; nothing of this request was.',
  });
}

/** Whether they were stored is unknown when the connection broke: the same ids sent again settle it. */
function refusal(cause: unknown): unknown {
  if (!(isFault(cause) && cause.detail.retriable)) return cause;
  return fault('decisions.store-unavailable', {
    retryAfter: 1,
    public: 'The event store did not answer; send the same request again.',
    cause,
  });
}
