import { canonicalCall } from '@retort/kernel';
import type { z } from 'zod';
import type { jsonObject } from './json.ts';
import type { AnswerKind, ToolCall, toolCall } from './turn.ts';

/** A turn in the two forms it may be told in: the members of its first call, or all of its calls. */
export interface ToldTurn {
  tool_selected?: string | null | undefined;
  tool_parameters?: z.infer<typeof jsonObject> | null | undefined;
  known_parameters?: z.infer<typeof jsonObject> | null | undefined;
  tool_calls?: readonly z.input<typeof toolCall>[] | null | undefined;
}

/** All calls of a turn, however it was told. Words have none. */
export function callsOf(turn: ToldTurn): ToolCall[] {
  if (turn.tool_calls) return turn.tool_calls.map(({ parameters = {}, ...call }) => ({ ...call, parameters }));
  const { tool_selected: tool, tool_parameters: parameters = {}, known_parameters: known } = turn;
  if (tool === null || tool === undefined) return [];
  return [{ tool, parameters, ...(known ? { known_parameters: known } : {}) }];
}

export function answerOf(calls: readonly unknown[]): AnswerKind {
  if (calls.length === 0) return 'words';
  return calls.length === 1 ? 'call' : 'calls';
}

/** The turn told in both forms: `tool_selected`, `tool_parameters` and `known_parameters` are its first call. */
export function completeTurn<Turn extends ToldTurn>(turn: Turn): Turn & CompleteTurn {
  const calls = callsOf(turn);
  const [first] = calls;
  return {
    ...turn,
    tool_selected: first?.tool ?? null,
    tool_parameters: first ? first.parameters : {},
    ...(first?.known_parameters ? { known_parameters: first.known_parameters } : {}),
    tool_calls: calls,
    answer: answerOf(calls),
  };
}
export interface CompleteTurn {
  tool_selected: string | null;
  tool_parameters: z.infer<typeof jsonObject> | null;
  tool_calls: ToolCall[];
  answer: AnswerKind;
}

/** What is wrong with a turn that fits its schema member by member; null when it says one thing. */
export function contradictionIn(
  input: ToldTurn & { answer?: AnswerKind | undefined },
): { path: (string | number)[]; message: string } | null {
  const { tool_selected: tool, tool_parameters: parameters, known_parameters: known, tool_calls: calls } = input;
  if (tool === undefined && !calls)
    return { path: ['tool_selected'], message: 'say which tool was called (null: none), here or in tool_calls' };
  if (tool === null && (parameters === null || Object.keys(parameters ?? {}).length > 0))
    return { path: ['tool_parameters'], message: 'without a tool there are no parameters' };
  if (known && parameters !== null)
    return { path: ['known_parameters'], message: 'stands only where tool_parameters is null' };
  const answer = answerOf(calls ?? (tool === null ? [] : [tool]));
  if (input.answer !== undefined && input.answer !== answer)
    return { path: ['answer'], message: `the calls say "${answer}"; leave the member out, or say the same` };
  return calls === undefined || calls === null ? null : contradictionAmong(calls, input);
}

function contradictionAmong(calls: NonNullable<ToldTurn['tool_calls']>, input: ToldTurn) {
  const ids = new Set<string>();
  for (const [index, { id, parameters = {}, known_parameters: known }] of calls.entries()) {
    if (known && parameters !== null)
      return { path: ['tool_calls', index, 'known_parameters'], message: 'stands only where parameters is null' };
    if (id !== undefined && ids.has(id))
      return { path: ['tool_calls', index, 'id'], message: 'another call of this answer has the same id' };
    if (id !== undefined) ids.add(id);
  }
  const { tool_selected: tool, tool_parameters: told = {} } = input;
  if (tool === undefined) return null;
  const [first] = callsOf(input);
  const same = canonicalCall({ tool, parameters: told }) === canonicalCall({ tool: null, parameters: {}, ...first });
  return same ? null : { path: ['tool_selected'], message: 'is not the first of tool_calls' };
}
