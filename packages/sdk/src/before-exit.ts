/** What holds decisions that are not settled yet. */
export interface Holder {
  held(): number;
  settle(timeoutMs: number): Promise<void>;
  /** Drops what is held. */
  giveUp(): void;
}

/** A script that ends without shutdown loses nothing: a process that has nothing left to do waits for what is held. While nothing
 *  was held ever, it listens to nothing. */
export function settleBeforeExit(timeoutMs: number, holder: Holder): { begin(): void; end(): void } {
  let listens = false;
  let tried = false;

  // Called again each time the process runs out of work: after the time is up it is over.
  function beforeExit(): void {
    const held = holder.held();
    if (held === 0) return;
    if (tried) return giveUp(held);
    tried = true;
    void holder.settle(timeoutMs).then(() => {
      if (holder.held() === 0) tried = false;
    });
  }

  function giveUp(held: number): void {
    end();
    process.emitWarning(`${held} decisions did not arrive at Retort before the process ended, and are lost.`, {
      type: 'RetortWarning',
      code: 'recorder.lost-at-exit',
    });
    holder.giveUp();
  }

  function begin(): void {
    if (listens || timeoutMs <= 0) return;
    listens = true;
    process.on('beforeExit', beforeExit);
  }

  function end(): void {
    process.off('beforeExit', beforeExit);
  }

  return { begin, end };
}
