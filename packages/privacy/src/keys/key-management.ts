/** Holds the keys of tenants and gives none away: a file, an environment variable, or a service that manages keys. */
export interface KeyManagement {
  /** Encrypts a data key with the tenant's. */
  wrap(tenant: string, key: Uint8Array): Promise<Uint8Array>;
  /** @throws `privacy.wrong-key` (500) when it was wrapped with another key, or is damaged */
  unwrap(tenant: string, wrapped: Uint8Array): Promise<Uint8Array>;
  /** A name for a text: the same within a tenant, and not to be reversed without the key. 64 hexadecimal digits. */
  pseudonym(tenant: string, text: string): Promise<string>;
}
