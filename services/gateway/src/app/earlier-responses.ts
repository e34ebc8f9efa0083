import { fault } from '@retort/kernel';
import type { DecisionInput } from '@retort/contracts';
import { decisionOfResponse } from '../domain/response-answer.ts';
import { earlierItems } from '../domain/earlier-items.ts';
import type { Body } from './drop-in.ts';
import type { Author } from './ports.ts';

type Earlier = Pick<DecisionInput, 'context' | 'tool_calls' | 'group' | 'reasoning'>;
/** A recorded decision; null where there is none of the id. */
export type FindDecision = (author: Author, id: string) => Promise<Earlier | null>;

export interface GoesOn {
  /** The request with the dialogue in place of the response's id. */
  body: Body;
  session: string | undefined;
  /** Whether the provider knows the response itself: it is asked as the request says. */
  isProviders: boolean;
}

/** Responses that a later request may go on from by their ids. The provider knows no response of a student: such a request is
 *  given the dialogue itself. What the teacher answered is known here, too, so that a student sees the dialogue before. */
export interface EarlierResponses {
  answered(author: Author, responseId: string, decision: Earlier): void;
  /** null where the request names none, or one of the provider's that is not known here.
   *  @throws `gateway.response-unknown` (404) for a student's */
  goesOn(author: Author, body: Body): Promise<GoesOn | null>;
}

const kept = 10_000;

/** Those that passed through this process are in memory until they are recorded, and for a while after. */
export function earlierResponses(find: FindDecision): EarlierResponses {
  const recent = new Map<string, Earlier>();
  const keyOf = ({ tenant }: Author, id: string) => `${tenant} ${id}`;
  return {
    answered(author, responseId, decision) {
      recent.set(keyOf(author, responseId), decision);
      if (recent.size > kept) recent.delete(recent.keys().next().value!);
    },
    async goesOn(author, body) {
      const { previous_response_id: previous, ...rest } = body;
      if (typeof previous !== 'string') return null;
      const ofStudent = decisionOfResponse(previous);
      const known = recent.get(keyOf(author, previous));
      const earlier = known ?? (ofStudent === undefined ? null : await find(author, ofStudent));
      if (earlier) {
        const { input } = rest;
        const added: unknown[] = Array.isArray(input) ? input : [{ role: 'user', content: input ?? '' }];
        return {
          body: { ...rest, input: [...earlierItems(earlier), ...added] },
          session: earlier.group ?? ofStudent,
          isProviders: ofStudent === undefined,
        };
      }
      if (ofStudent === undefined) return null;
      throw fault('gateway.response-unknown', {
        public: 'There is no response of this id.',
        errors: [{ pointer: '/previous_response_id', message: 'is not known' }],
      });
    },
  };
}
