import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type { LoggedEvent } from './logged-event.ts';

type FilterOptions = InstanceType<typeof streams.ReadReq.Options.FilterOptions>;

export interface ServerFilter {
  matches(event: LoggedEvent): boolean;
  /** A checkpoint is sent after so many events, whether they matched or not. */
  checkpointInterval: number;
}

/** Events that a page considers at most, where the client says nothing else. */
const defaultWindow = 32;

export function serverFilter(options: FilterOptions): ServerFilter {
  const onStream = options.hasStreamIdentifier();
  const expression = onStream ? options.getStreamIdentifier() : options.getEventType();
  const pattern = expression?.getRegex();
  const prefixes = expression?.getPrefixList() ?? [];
  const regex = pattern ? new RegExp(pattern) : undefined;
  const window = options.hasMax() ? options.getMax() : defaultWindow;
  return {
    matches(event) {
      const text = onStream ? event.stream : event.type;
      return regex ? regex.test(text) : prefixes.length === 0 || prefixes.some((prefix) => text.startsWith(prefix));
    },
    checkpointInterval: window * options.getCheckpointintervalmultiplier(),
  };
}
