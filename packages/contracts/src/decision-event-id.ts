import { nameBasedId } from '@retort/kernel';

/** Namespace of name-based ids (RFC 9562). Fixed for ever. */
const decisions = '6f0b1c0e-5d0a-5c39-9a35-0f4c1f6a7d11';

/** The event that holds a decision. A decision's id is unique within its tenant, so its event's id is unique in the log. */
export const decisionEventId = (tenant: string, id: string) => nameBasedId(decisions, `${tenant}/${id}`);
