const transfers = Symbol.for('retort.compute.transfers');

interface Transferring<Output> {
  output: Output;
  [transfers]: readonly ArrayBuffer[];
}

/** A task returns this to hand buffers over instead of having them copied. They are gone in the thread afterwards. */
export function transferring<Output>(output: Output, buffers: readonly ArrayBuffer[]): Output {
  // The caller of the task only ever sees `output`: the thread unwraps it.
  return { output, [transfers]: buffers } as Transferring<Output> as unknown as Output;
}

export function unwrapTransfer(result: unknown): { output: unknown; buffers: readonly ArrayBuffer[] } {
  if (typeof result === 'object' && result !== null && transfers in result) {
    const wrapped = result as Transferring<unknown>;
    return { output: wrapped.output, buffers: wrapped[transfers] };
  }
  return { output: result, buffers: [] };
}
