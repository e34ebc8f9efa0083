/** A real Apache Kafka broker, in KRaft mode, for tests and benchmarks. */
export interface KafkaBroker {
  /** Which one it is, for the record. */
  description: string;
  /** `host:port` each. */
  brokers: string[];
  /** kill −9, and the start on the same data and port. Absent where the broker is not ours to kill. */
  crash?: { kill(): Promise<void>; restart(): Promise<void> };
  stop(): Promise<void>;
}
