/** A subject's key as it is stored: wrapped with its tenant's. */
export interface WrappedKey {
  id: string;
  tenant: string;
  /** A pseudonym. */
  subject: string;
  wrapped: Uint8Array;
}

/** The data keys that there are. One that is destroyed is found by nobody any more. */
export interface DataKeys {
  /** The living keys of a tenant's subjects. */
  ofSubjects(tenant: string, subjects: readonly string[]): Promise<WrappedKey[]>;
  /** Adds keys to subjects that have none; of two at once the first one stays. */
  add(keys: readonly WrappedKey[]): Promise<void>;
  find(ids: readonly string[]): Promise<WrappedKey[]>;
  /** For good. */
  destroy(ids: readonly string[]): Promise<void>;
  /** What shows at a start whether the keys of tenants are still the same: set by whoever comes first. */
  check(first: Uint8Array): Promise<Uint8Array>;
}
