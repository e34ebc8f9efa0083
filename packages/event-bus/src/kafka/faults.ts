import { fault, isFault } from '@retort/kernel';

/** Whatever the client rejects with, as a fault that says a retry may help. */
export async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isFault(error)) throw error;
    if (error instanceof Error && error.name === 'KafkaJSSASLAuthenticationError')
      throw fault('event-bus.refused', { retryAfter: 5, public: 'Kafka refuses the credentials.', cause: error });
    throw fault('event-bus.unavailable', {
      retryAfter: 1,
      public: 'The message bus cannot be reached now.',
      cause: error,
    });
  }
}
