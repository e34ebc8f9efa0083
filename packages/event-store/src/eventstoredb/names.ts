import { fault } from '@retort/kernel';

/** Which streams of the server are this platform's, and how they are called there. */
export interface StreamNames {
  /** The server's name for a stream of ours. */
  toServer(stream: string): string;
  /** Our name for a stream of the server; undefined when it is none of ours. */
  fromServer(stream: string): string | undefined;
  /** What the server's names of ours begin with; empty where the whole server is ours. */
  prefix: string;
}

/** A dot ends a prefix and stands nowhere else in it: no prefix is the beginning of another. */
const form = /^([A-Za-z0-9_-]+\.)?$/;

/** @param prefix empty for a server that no one else uses
 *  @throws `config.invalid` when it is not letters, digits, `_` and `-` with a dot at the end */
export function streamNames(prefix: string): StreamNames {
  if (!form.test(prefix))
    throw fault('config.invalid', {
      public:
        `The stream prefix ${JSON.stringify(prefix)} is not one: expected letters, digits, "_" and "-" with a dot at ` +
        'the end, such as "retort.".',
    });
  return {
    prefix,
    toServer: (stream) => prefix + stream,
    fromServer: (stream) =>
      stream.startsWith(prefix) && !stream.startsWith('$') ? stream.slice(prefix.length) : undefined,
  };
}
