/** A pure decision: what a command means in a state, and what an event does to it. */
export interface Decider<Command, State, Event> {
  initial: State;
  decide(command: Command, state: State): Event[];
  evolve(state: State, event: Event): State;
}

export function fold<Command, State, Event>(
  decider: Decider<Command, State, Event>,
  events: Iterable<Event>,
  from: State = decider.initial,
): State {
  let state = from;
  for (const event of events) state = decider.evolve(state, event);
  return state;
}
