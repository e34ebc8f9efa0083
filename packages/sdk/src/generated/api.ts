// Written by `pnpm --filter @retort/sdk api` from the contracts. Do not edit.

export const paths = {
  recordDecisions: '/api/v1/decisions:batch',
  reportOutcome: '/api/v1/decisions/{id}/outcome',
  predict: '/api/v1/predictions',
} as const;

export interface DecisionInput {
  /**
   * The agent that decided.
   */
  agent_id: string;
  /**
   * What the agent knew when it decided.
   */
  context: {
    [k: string]: unknown;
  };
  /**
   * The tool of the first call, null when the teacher answered in words. May be left out beside `tool_calls`.
   */
  tool_selected?: (string | null) | undefined;
  /**
   * The arguments of the first call; null when they are not known, none when absent.
   */
  tool_parameters?:
    | ({
        [k: string]: unknown;
      } | null)
    | undefined;
  /**
   * Beside arguments that are not known as a whole (`tool_parameters` is null), those that are. What is missing here may have been there or not.
   */
  known_parameters?:
    | ({
        [k: string]: unknown;
      } | null)
    | undefined;
  /**
   * All calls of the answer, the first included.
   */
  tool_calls?:
    | {
        /**
         * The provider's id of the call; outcomes may be reported by it.
         */
        id?: string | undefined;
        /**
         * The tool that was called.
         */
        tool: string;
        /**
         * Its arguments; null when they are not known.
         */
        parameters?:
          | ({
              [k: string]: unknown;
            } | null)
          | undefined;
        /**
         * Where `parameters` is null: the arguments that are known all the same.
         */
        known_parameters?:
          | ({
              [k: string]: unknown;
            } | null)
          | undefined;
        /**
         * What became of this call.
         */
        outcome?:
          | ({
              /**
               * Whether it worked.
               */
              success?: boolean | undefined;
              /**
               * How long it took, in milliseconds.
               */
              execution_time_ms?: number | undefined;
              /**
               * What the tool returned.
               */
              result?: unknown | undefined;
              [k: string]: unknown;
            } | null)
          | undefined;
      }[]
    | undefined;
  /**
   * Told by the calls; stands for whoever reads.
   */
  answer?: ('call' | 'calls' | 'words') | undefined;
  /**
   * Why, in the words of whoever decided.
   */
  reasoning?: (string | null) | undefined;
  /**
   * What became of the turn.
   */
  outcome?:
    | ({
        /**
         * Whether it worked.
         */
        success?: boolean | undefined;
        /**
         * How long it took, in milliseconds.
         */
        execution_time_ms?: number | undefined;
        /**
         * What the tool returned.
         */
        result?: unknown | undefined;
        [k: string]: unknown;
      } | null)
    | undefined;
  /**
   * Which model the teacher is.
   */
  teacher_model?: (string | null) | undefined;
  /**
   * How sure the teacher was, 0 to 1.
   */
  teacher_confidence?: (number | null) | undefined;
  /**
   * The teacher’s probability of each tool, by name, where it gives them; that of calling none stands under the empty name. They need not add up to 1. Decisions from before they could be told lack them.
   */
  teacher_probabilities?:
    | ({
        [k: string]: number;
      } | null)
    | undefined;
  /**
   * Who decided; the teacher when absent.
   */
  decided_by?:
    | {
        /**
         * Who decided.
         */
        kind: 'teacher' | 'student';
        /**
         * The student’s version; absent for a teacher.
         */
        model_version?: string | undefined;
      }
    | undefined;
  /**
   * How the answer came about.
   */
  exchange?:
    | ({
        /**
         * From the request to the end of the answer, in milliseconds.
         */
        latency_ms?: number | undefined;
        /**
         * Tokens that were read; absent where the provider did not say.
         */
        prompt_tokens?: number | undefined;
        /**
         * Of those, tokens that the provider had in its cache.
         */
        cached_tokens?: number | undefined;
        /**
         * Tokens that were written.
         */
        completion_tokens?: number | undefined;
        /**
         * The id of the answer.
         */
        response_id?: string | undefined;
        /**
         * The upstream that answered; absent for a student. Kept only where the gateway tells it.
         */
        upstream?: string | undefined;
        /**
         * The student that was asked first and did not answer.
         */
        abstained?:
          | {
              /**
               * Why it left the turn to the teacher.
               */
              reason: string;
              /**
               * Its version; null where none serves.
               */
              model_version: string | null;
              /**
               * Of its proposal; null without one.
               */
              confidence: number | null;
            }
          | undefined;
        /**
         * Of a student: the teacher’s model that would have been asked; absent where it could not have answered.
         */
        instead_of?: string | undefined;
        /**
         * The prompt that the teacher was told besides, `name@version`.
         */
        prompt?: string | undefined;
        /**
         * Bytes of the request’s body.
         */
        request_bytes?: number | undefined;
        /**
         * The teacher was asked besides, to see whether the student was right.
         */
        is_audit?: boolean | undefined;
        /**
         * What it cost.
         */
        cost?:
          | {
              /**
               * In `currency`.
               */
              amount: number;
              /**
               * The currency.
               */
              currency: string;
              /**
               * `tokens`: those the provider counted, at the price. `processor-time`: a student’s latency, which is at least the time it computed. `cache`: an answer given again, for nothing.
               */
              basis: 'tokens' | 'processor-time' | 'cache';
              /**
               * The entry of the price table; absent where none was needed.
               */
              price_of?: string | undefined;
              /**
               * Whether that is a default, or the tenant’s own.
               */
              price_source?: ('default' | 'tenant') | undefined;
            }
          | undefined;
      } | null)
    | undefined;
  /**
   * The request was chosen or made, so that it does not represent the traffic: it teaches, and no guarantee is calibrated on it.
   */
  teaches_only?: boolean | undefined;
  /**
   * The session or dialogue: decisions of one group are never split between training and test.
   */
  group?: (string | null) | undefined;
  /**
   * Rules that redacted something when it was recorded, with how often; absent where none did.
   */
  redactions?:
    | {
        [k: string]: number;
      }
    | undefined;
  /**
   * Unique within a tenant. The same id with the same content again is answered with 200, with other content 409.
   */
  id?: string | undefined;
  /**
   * The tools offered, in full.
   */
  tools_available?:
    | {
        /**
         * What the tool is called.
         */
        name: string;
        /**
         * What the tool does.
         */
        description?: string | undefined;
        /**
         * JSON Schema of the arguments; none when absent.
         */
        parameters?:
          | {
              [k: string]: unknown;
            }
          | undefined;
      }[]
    | undefined;
  /**
   * The tools offered, by digest or registered name.
   */
  toolset?: string | undefined;
  /**
   * When the agent decided; the time of receipt when absent.
   */
  timestamp?: string | undefined;
}

export interface OutcomeInput {
  /**
   * Whether it worked.
   */
  success?: boolean | undefined;
  /**
   * How long it took, in milliseconds.
   */
  execution_time_ms?: number | undefined;
  /**
   * What the tool returned.
   */
  result?: unknown | undefined;
  [k: string]: unknown;
}

export interface PredictionInput {
  /**
   * The caller’s own; returned with the answer.
   */
  id?: string | undefined;
  /**
   * Which model is asked.
   */
  model?: string | undefined;
  /**
   * A version other than the one that serves, e.g. one that the gate refused. It is loaded on demand, kept for a while, and never promoted by being asked.
   */
  model_version?: string | undefined;
  /**
   * What the decision is made from, in the form it is recorded in.
   */
  context: {
    [k: string]: unknown;
  };
  /**
   * The tools offered, in full.
   */
  tools_available?:
    | {
        /**
         * What the tool is called.
         */
        name: string;
        /**
         * What the tool does.
         */
        description?: string | undefined;
        /**
         * JSON Schema of the arguments; none when absent.
         */
        parameters?:
          | {
              [k: string]: unknown;
            }
          | undefined;
      }[]
    | undefined;
  /**
   * The tools offered, by digest or registered name.
   */
  toolset?: string | undefined;
  /**
   * Who asks; a student that requires a guarantee of every slice holds this agent to it.
   */
  agent_id?: string | undefined;
  /**
   * The conversation it belongs to. While a version challenges what serves, one of them answers all of a session.
   */
  session?: string | undefined;
  /**
   * Who answers when the student should not: the teacher; a teacher that the caller asks itself, as the gateway does; or nobody. The student’s proposal is returned in each case.
   */
  fallback?: ('teacher' | 'caller' | 'none') | undefined;
  /**
   * `teacher`: words are the teacher’s. `accept`: the caller has its own way to answer in words, and takes the student’s “no tool” for an answer; such answers are counted apart.
   */
  no_tool?: ('teacher' | 'accept') | undefined;
}

export interface BatchResult {
  /**
   * Items that are new.
   */
  recorded: number;
  /**
   * Items that were recorded before.
   */
  duplicates: number;
  /**
   * Items that were refused.
   */
  rejected: number;
  /**
   * One result an item, in order.
   */
  results: {
    /**
     * The place in the batch, from 0.
     */
    index: number;
    /**
     * The HTTP status the item would have had alone.
     */
    status: number;
    /**
     * The id of the decision; absent when it was refused.
     */
    id?: string | undefined;
    /**
     * The event that holds it; absent when it was refused.
     */
    event_id?: string | undefined;
    /**
     * Why the item was refused.
     */
    problem?: unknown | undefined;
  }[];
}

export interface PredictionView {
  /**
   * The caller’s own id; null when none was given.
   */
  id: string | null;
  /**
   * The answer: the calls to make; null when the student abstained and nobody else was asked.
   */
  call: {
    /**
     * The tool of the first call; null for none.
     */
    tool_selected: string | null;
    /**
     * Its arguments.
     */
    tool_parameters: {
      [k: string]: unknown;
    };
    /**
     * All calls of the answer, the first included; none for words.
     */
    tool_calls: {
      /**
       * The tool to call.
       */
      tool: string;
      /**
       * Its arguments.
       */
      parameters: {
        [k: string]: unknown;
      };
    }[];
    /**
     * What the answer is: one call, several, or words.
     */
    answer: 'call' | 'calls' | 'words';
  } | null;
  /**
   * Who answered.
   */
  served_by: 'student' | 'teacher' | 'none';
  /**
   * Why the student did not serve; null when it did.
   */
  fallback_reason: string | null;
  /**
   * Calibrated probability that the student’s proposal is the teacher’s whole answer.
   */
  confidence: number | null;
  /**
   * The same for the tool alone.
   */
  tool_confidence: number | null;
  /**
   * Probability that the request is of a kind training never saw, where one in twenty is; null without a student.
   */
  novelty?: (number | null) | undefined;
  /**
   * What the student would have said, served or not.
   */
  proposal: {
    /**
     * The tool of the first call; null for none.
     */
    tool_selected: string | null;
    /**
     * Its arguments.
     */
    tool_parameters: {
      [k: string]: unknown;
    };
    /**
     * All calls of the answer, the first included; none for words.
     */
    tool_calls: {
      /**
       * The tool to call.
       */
      tool: string;
      /**
       * Its arguments.
       */
      parameters: {
        [k: string]: unknown;
      };
    }[];
    /**
     * What the answer is: one call, several, or words.
     */
    answer: 'call' | 'calls' | 'words';
  } | null;
  /**
   * The version that was asked; null without one.
   */
  model_version: string | null;
  /**
   * From this confidence on the student serves.
   */
  threshold: number | null;
  /**
   * The guarantee in words; null without a student.
   */
  promise?: (string | null) | undefined;
}
