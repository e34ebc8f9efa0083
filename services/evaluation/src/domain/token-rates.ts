import type { ExchangeTotal } from '@retort/contracts';

/** What a tool turn would have taken at the teacher. */
export interface Rate {
  promptTokensPerByte: number;
  /** Of the tokens read, those from the provider's cache. */
  cachedShare: number;
  completionTokens: number;
  basis: string;
}

/** Of a text in English, as its providers say. */
const assumed: Rate = {
  promptTokensPerByte: 0.25,
  cachedShare: 0,
  completionTokens: 60,
  basis: 'assumed: a token every 4 bytes of the request, 60 tokens written',
};
const fewTurns = 10;

/** As measured on the teacher's own tool turns: of the agent where there are ten, else of all agents, else assumed. */
export function ratesOf(totals: readonly ExchangeTotal[]): (agent: string) => Rate {
  const measured = totals.filter(
    (total) => total.decided_by === 'teacher' && total.has_calls && !total.is_audit && total.metered_bytes > 0,
  );
  const ofAll = rateOf(measured, 'all agents') ?? assumed;
  const known = new Map<string, Rate>();
  return (agent) => {
    const own =
      known.get(agent) ??
      rateOf(
        measured.filter(({ agent_id }) => agent_id === agent),
        'the agent',
      ) ??
      ofAll;
    known.set(agent, own);
    return own;
  };
}

function rateOf(totals: readonly ExchangeTotal[], whose: string): Rate | null {
  const sum = (of: (total: ExchangeTotal) => number) => totals.reduce((all, total) => all + of(total), 0);
  const turns = sum((total) => total.turns_with_tokens);
  const prompt = sum((total) => total.prompt_tokens);
  if (turns < fewTurns || prompt === 0) return null;
  return {
    promptTokensPerByte: prompt / sum((total) => total.metered_bytes),
    cachedShare: sum((total) => total.cached_tokens) / prompt,
    completionTokens: sum((total) => total.completion_tokens) / turns,
    basis: `measured: the tokens that ${turns} tool turns of ${whose} took at the teacher, by the bytes of the request`,
  };
}
