import type { BodyOf, requestErasure } from '@retort/contracts';
import { fault } from '@retort/kernel';
import type { Privacy } from '@retort/privacy';
import {
  erasures,
  type Aggregate,
  type ErasureEvent,
  type ErasureState,
  type ServiceContext,
  type Trace,
} from '@retort/service-kit';

export interface ErasurePorts {
  context: Pick<ServiceContext<unknown>, 'events' | 'clock' | 'newId'>;
  privacy: Privacy | null;
}
export type Erasure = Aggregate<ErasureState, ErasureEvent> & { request: NonNullable<ErasureState['request']> };
export type Erasures = ReturnType<typeof erasuresOf>;

/** Requests to erase what is stored of a subject, and how far each has come. */
export function erasuresOf({ context, privacy }: ErasurePorts) {
  const registry = erasures(context);
  /** @throws `erasures.unknown` (404) */
  async function find(tenant: string, id: string): Promise<Erasure> {
    const found = await registry.load(tenant, id);
    if (found.state.request) return { ...found, request: found.state.request };
    throw fault('erasures.unknown', { public: 'There is no erasure of this id.' });
  }
  return {
    find,
    /** @throws `privacy.not-encrypted` (409), `erasures.unknown-kind` (422) */
    async request(tenant: string, subject: BodyOf<typeof requestErasure>['subject'], trace: Trace): Promise<Erasure> {
      const encryption = privacy?.encryption;
      if (!encryption)
        throw fault('privacy.not-encrypted', { public: 'No data of subjects are stored encrypted here.' });
      if (!privacy.policy.subjects.some(({ kind }) => kind === subject.kind))
        throw fault('erasures.unknown-kind', {
          public: `There are no subjects of the kind ${subject.kind}.`,
          errors: [{ pointer: '/subject/kind', message: 'is not a kind that the platform is configured with' }],
        });
      const id = context.newId();
      const pseudonym = await encryption.pseudonym(tenant, subject);
      const keys = [...(await encryption.keysOf(tenant, pseudonym))];
      const request = { erasure_id: id, kind: subject.kind, subject: pseudonym, keys };
      await registry.handle(tenant, id, { type: 'Request', request }, trace);
      return find(tenant, id);
    },
  };
}
