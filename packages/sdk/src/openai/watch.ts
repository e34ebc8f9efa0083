/** Receives one answer: `part` for each chunk (or the whole), then `end` once, whether the answer was read to its end or
 *  not. Neither throws. */
export interface Watcher {
  part(part: unknown): void;
  end(): void;
}

/** What a client's promise may offer beside `then`: the OpenAI client parses the body only for those who ask. */
interface LazyPromise extends PromiseLike<unknown> {
  _thenUnwrap?: (transform: (value: unknown, props?: { response?: { headers?: Headers } }) => unknown) => unknown;
}

/** Hands on what the client answered, and passes it to the watcher on the way. The client's own promise is kept where it
 *  has one: `then` on it would read the body, which `asResponse()` promises to leave alone and `parse` reads itself. */
export function watchCompletion(answered: unknown, watcher: (headers?: Headers) => Watcher): unknown {
  if (!isPromise(answered)) return answered;
  const watch = (value: unknown, props?: { response?: { headers?: Headers } }) => {
    const headers = props?.response?.headers;
    if (isStream(value)) watchStream(value, () => watcher(headers));
    else {
      const { part, end } = watcher(headers);
      part(value ?? {});
      end();
    }
    return value;
  };
  return answered._thenUnwrap ? answered._thenUnwrap(watch) : answered.then((value) => watch(value));
}

type Stream = AsyncIterable<unknown> & { iterator?: () => AsyncIterator<unknown> };

/** The stream stays the client's own object. Its `tee()` reads from `iterator`, as its iteration does. */
function watchStream(stream: Stream, watcher: () => Watcher): void {
  const key = typeof stream.iterator === 'function' ? 'iterator' : Symbol.asyncIterator;
  const open = stream[key]!.bind(stream);
  Object.defineProperty(stream, key, { configurable: true, writable: true, value: () => watched(open, watcher()) });
}

async function* watched(open: () => AsyncIterator<unknown>, { part, end }: Watcher) {
  try {
    for await (const chunk of { [Symbol.asyncIterator]: open }) {
      part(chunk);
      yield chunk;
    }
  } finally {
    end();
  }
}

const isPromise = (value: unknown): value is LazyPromise =>
  typeof (value as Partial<LazyPromise> | null | undefined)?.then === 'function';
const isStream = (value: unknown): value is Stream =>
  typeof (value as Partial<Stream> | null | undefined)?.[Symbol.asyncIterator] === 'function';
