import { Fault, fault } from '@retort/kernel';

/** SQLSTATE classes after which the same statement may well succeed a moment later: connection exceptions (08),
 *  insufficient resources (53), operator intervention (57P0x), a standby after failover (25006). */
const unavailable = /^(?:08...|53...|57P0.|25006)$/;
const diskFull = '53100';
/** Serialization failure, deadlock, lock timeout: another transaction was in the way. */
const contention = /^(?:40001|40P01|55P03)$/;
/** Text that the server's encoding cannot hold: a NUL character, half of a surrogate pair. */
const unstorable = /^(?:22021|22P05)$/;
const brokenSocket =
  /^(?:ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|ENOENT)$/;
/** A server whose certificate nobody vouches for, or is of another host. */
const untrusted =
  /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_\w+|ERR_TLS_CERT_ALTNAME_INVALID)$/;
/** What `pg` throws about a lost connection has no code, only these words. */
const brokenClient =
  /connection terminated|connection error|timeout exceeded when trying to connect|client was closed/i;

/** Turns what the driver threw into a fault where the cause is known; anything else comes back as it is.
 *  `postgres.unavailable`, `postgres.disk-full` (503, retriable), `postgres.contention` (503, retriable), `postgres.unstorable-text` (400), `postgres.untrusted` (500). */
export function postgresFault(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof Fault) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // `internal` names no value: the driver's `detail` member may quote a row.
  const internal = { code, message: error.message };
  if (code === diskFull)
    return fault('postgres.disk-full', {
      public: 'The disk of the database is full: nothing can be recorded until there is room.',
      retryAfter: 1,
      internal,
      cause: error,
    });
  if (unavailable.test(code) || brokenSocket.test(code) || (code === '' && brokenClient.test(error.message)))
    return fault('postgres.unavailable', {
      public: 'The database cannot be reached now.',
      retryAfter: 1,
      internal,
      cause: error,
    });
  if (untrusted.test(code))
    return fault('postgres.untrusted', {
      public:
        `The certificate of the database cannot be trusted (${error.message}). Name the certificate of its authority with ` +
        'sslrootcert in RETORT_DATABASE_URL, and the host as its certificate has it.',
      internal,
      cause: error,
    });
  if (contention.test(code))
    return fault('postgres.contention', {
      public: 'Another transaction was in the way.',
      retryAfter: 1,
      internal,
      cause: error,
    });
  if (unstorable.test(code))
    return fault('postgres.unstorable-text', {
      public: 'Text holds a character that cannot be stored: NUL, or half of a surrogate pair.',
      internal: { code },
    });
  return error;
}
