import type { CaptureError } from './capture-error.ts';

/** Says what a person must put right, as a warning of the process, each thing once: nothing else tells of a wrong key or a wrong
 *  address but decisions that are missing later. */
export function createComplaint(url: URL): (error: CaptureError) => void {
  const told = new Set<string>();
  return (error) => {
    const complaint = complaintOf(error);
    if (complaint === undefined || told.has(complaint)) return;
    told.add(complaint);
    process.emitWarning(`Retort at ${url.origin}${url.pathname}: ${complaint}`, {
      type: 'RetortWarning',
      code: error.code,
    });
  };
}

/** undefined for what passes, or concerns single decisions. */
function complaintOf({ code, status, cause, items = [] }: CaptureError): string | undefined {
  if (status === 401 || status === 403)
    return `the API key is refused (status ${status}). Nothing is recorded. It takes a key with the scope decisions:write.`;
  // An outcome of a decision that was never recorded: Retort itself says so.
  if (items.some(({ problem }) => problem?.endsWith('#decisions.unknown'))) return undefined;
  if (
    code === 'recorder.unreadable-answer' ||
    (code === 'recorder.refused' && (status === 404 || status === 405 || isRedirect(status)))
  )
    return `what answers there is not Retort (status ${status}). Nothing is recorded. Correct the url.`;
  if (code === 'recorder.unavailable' && status === undefined)
    return `not reached${reasonOf(cause)}. Decisions wait in memory, up to the size of the queue.`;
  return undefined;
}

const isRedirect = (status: number | undefined) => status !== undefined && status >= 300 && status < 400;

/** The code of a connection error; its message may name more than an address. */
function reasonOf(cause: unknown): string {
  const inner = (cause as { cause?: { code?: unknown } } | undefined)?.cause?.code;
  return typeof inner === 'string' ? ` (${inner})` : '';
}
