export interface ShreddedEvent {
  eventId: string;
  eventType: string;
  position: string;
}

/** Events of the log that nobody can read any more. */
export interface ShreddedEvents {
  /** By type. */
  count(tenant: string, keys: readonly string[]): Promise<Record<string, number>>;
  /** Of all subjects of a tenant. */
  countAll(tenant: string): Promise<number>;
  /** In the order of the log, from after a position. */
  list(query: {
    tenant: string;
    keys: readonly string[];
    after: string | null;
    limit: number;
  }): Promise<ShreddedEvent[]>;
}
