import { fault } from '@retort/kernel';
import type { DecisionInput } from '@retort/contracts';
import { decisionOfResponse } from '../domain/response-answer.ts';
import { earlierItems } from '../domain/earlier-items.ts';
import type { Body } from './drop-in.ts';
import type { Author } from './ports.ts';

type Earlier = Pick<DecisionInput, 'context' | 'tool_calls' | 'group'>;
/** A recorded decision; null where there is none of the id. */
export type FindDecision = (author: Author, id: string) => Promise<Earlier | null>;

/** The provider knows no response of a student: a request that goes on from one is given the dialogue itself. */
export interface StudentResponses {
  answered(author: Author, id: string, decision: Earlier): void;
  /** The body with the dialogue in place of a student's response; null where it names none.
   *  @throws `gateway.response-unknown` (404) */
  expand(author: Author, body: Body): Promise<{ body: Body; session: string } | null>;
}

const kept = 10_000;

/** Those answered by this process are in memory until they are recorded, and for a while after. */
export function studentResponses(find: FindDecision): StudentResponses {
  const recent = new Map<string, Earlier>();
  const keyOf = ({ tenant }: Author, id: string) => `${tenant} ${id}`;
  return {
    answered(author, id, decision) {
      recent.set(keyOf(author, id), decision);
      if (recent.size > kept) recent.delete(recent.keys().next().value!);
    },
    async expand(author, body) {
      const { previous_response_id: previous, ...rest } = body;
      const id = typeof previous === 'string' ? decisionOfResponse(previous) : undefined;
      if (id === undefined) return null;
      const earlier = recent.get(keyOf(author, id)) ?? (await find(author, id));
      if (!earlier)
        throw fault('gateway.response-unknown', {
          public: 'There is no response of this id.',
          errors: [{ pointer: '/previous_response_id', message: 'is not known' }],
        });
      const { input } = rest;
      const added: unknown[] = Array.isArray(input) ? input : [{ role: 'user', content: input ?? '' }];
      return {
        body: { ...rest, input: [...earlierItems(earlier), ...added] },
        session: earlier.group ?? id,
      };
    },
  };
}
