import { z } from 'zod';
import { digest, jsonObject } from '../json.ts';
import { measured } from './learning.ts';

/** A demonstration shown to the teacher: a context and the call it should lead to. */
export const demonstration = z.object({
  decision_id: z.string().describe('The decision that it shows.'),
  context: jsonObject.describe('What the decision was made from.'),
  tool_selected: z.string().nullable().describe('The tool to call; null for none.'),
  tool_parameters: jsonObject.describe('Its arguments.'),
});
export const promptContent = z.object({
  instruction: z.string().max(65_536).describe('What the model is told.'),
  demonstrations: z.array(demonstration).max(64).describe('Decisions that it is shown.'),
});
export type PromptContent = z.infer<typeof promptContent>;

/** PROMPT_VERSION_ADDED: a version of a prompt, which never changes. */
export const promptVersionAdded = promptContent.extend({
  prompt: z.string().describe('The prompt.'),
  version: z.int().positive().describe('From 1, without gaps.'),
  digest: digest.describe('The digest of the content.'),
  note: z.string().optional().describe('Whatever should be remembered of it.'),
  score: measured.optional().describe('How it was measured, where it was.'),
});

/** PROMPT_LABELLED: what a label stands for from now on. */
export const promptLabelled = z.object({
  prompt: z.string().describe('The prompt.'),
  label: z.string().describe('The label.'),
  version: z.int().positive().describe('The version it stands for.'),
});
