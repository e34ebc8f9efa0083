/** An event id and what it is to stand for. */
export interface Identity {
  eventId: string;
  /** Of the event's data as they are written. */
  digest: string;
  stream: string;
  /** A revision that the stream has reached: the event, if it is stored from now on, stands above it. -1 for a stream
   *  without events. */
  head: bigint;
}

/** What an id stands for already. `stream` and `head` are null where an earlier release claimed it. */
export interface Held {
  digest: string;
  stream: string | null;
  head: bigint | null;
  /** The event is known to be in the log. Otherwise it may be: its writer never came to say so. */
  recorded: boolean;
  /** Nobody appends any more what was claimed so long ago. */
  abandoned: boolean;
}

/** Which content an event id stands for, where the event store cannot tell. */
export interface Identities {
  /** Claims the ids that are free; for each of them null, for each of the others what it stands for. Ids are distinct. */
  claim(identities: readonly Identity[]): Promise<(Held | null)[]>;
  /** Lets an id that is not known to be in the log stand for something else; false when it stands no longer for what is
   *  `held`. */
  takeOver(identity: Identity, held: Held): Promise<boolean>;
  markRecorded(eventIds: readonly string[]): Promise<void>;
}
