import { fault } from '@retort/kernel';

export interface Refusal {
  status: number;
  server: string;
  bucket: string;
  /** S3's own name of what is wrong; absent in an answer without a body. */
  code?: string;
  message?: string;
}

/** What an operator does about the refusals that come of a wrong setting. */
function remedyOf({ code, bucket }: Refusal): string {
  switch (code) {
    case 'SignatureDoesNotMatch':
      return 'The secret does not belong to the access key: correct RETORT_S3_SECRET_ACCESS_KEY.';
    case 'InvalidAccessKeyId':
      return 'The server does not know the access key: correct RETORT_S3_ACCESS_KEY_ID.';
    case 'ExpiredToken':
    case 'InvalidToken':
      return 'The temporary credentials are over: give new ones, RETORT_S3_SESSION_TOKEN with them.';
    case 'AccessDenied':
      return `The access key may not do this in the bucket ${bucket}: let it get, put, delete and list objects.`;
    case 'NoSuchBucket':
      return `There is no bucket ${bucket}: create it, or correct RETORT_S3_BUCKET.`;
    case 'RequestTimeTooSkewed':
      return 'The clocks of this machine and of the server differ by too much.';
    case 'AuthorizationHeaderMalformed':
      return 'The bucket is in another region: correct RETORT_S3_REGION.';
    default:
      return 'See that RETORT_S3_ENDPOINT is an S3 server, and that the credentials fit.';
  }
}

export function refused(refusal: Refusal) {
  const { status, server, code } = refusal;
  return fault('artifact.refused', {
    public: `The object store at ${server} refused the request (${code ?? status}). ${remedyOf(refusal)}`,
    internal: { ...refusal },
  });
}

export function unavailable(what: string, cause: unknown) {
  return fault('artifact.unavailable', { retryAfter: 5, public: `The object store is away: ${what}.`, cause });
}
