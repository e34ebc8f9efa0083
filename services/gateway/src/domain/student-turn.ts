/** What a student answers with: one call or several. */
export interface StudentTurn {
  /** Of the decision. */
  id: string;
  /** As the request named it. */
  model: string;
  /** Seconds since 1970. */
  created: number;
  calls: readonly { id: string; name: string; arguments: string }[];
}

export const noUsage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
