import type { Measured, promptVersionView, PromptContent } from '@retort/contracts';
import { digestOfJson } from '@retort/kernel';
import type { CommandHandler, Trace } from '@retort/service-kit';
import type { z } from 'zod';
import type { PromptCommand, PromptEvent, PromptState } from '../domain/prompt.ts';

export type PromptVersion = z.infer<typeof promptVersionView>;
export interface PromptKey {
  tenant: string;
  prompt: string;
}
export interface NewVersion {
  content: PromptContent;
  note?: string | undefined;
  score?: Measured | undefined;
  trace: Trace;
}

/** Versions and labels of prompts, as they are read. */
export interface PromptTable {
  version(key: PromptKey, version: number): Promise<PromptVersion | null>;
  withDigest(key: PromptKey, digest: string): Promise<PromptVersion | null>;
  labelled(key: PromptKey, label: string): Promise<PromptVersion | null>;
  names(tenant: string): Promise<{ prompt: string; versions: number }[]>;
}

export interface Prompts extends Omit<PromptTable, 'withDigest'> {
  /** The same content again is the same version. */
  add(key: PromptKey, version: NewVersion): Promise<{ version: PromptVersion; created: boolean }>;
  /** @throws `prompts.unknown-version` (404) */
  label(key: PromptKey, change: { label: string; version: number; trace: Trace }): Promise<PromptVersion>;
}

/** Decides on prompts, and reads what was decided from the table that follows from it. */
export function promptRegistry({
  commands,
  table,
}: {
  commands: CommandHandler<PromptCommand, PromptState, PromptEvent>;
  table: PromptTable;
}): Prompts {
  return {
    ...table,
    async add(key, { content, note, score, trace }) {
      const { tenant, prompt } = key;
      const digest = digestOfJson(content);
      const command = { type: 'AddVersion', prompt, content, digest, note, score } as const;
      const { events } = await commands.handle(tenant, prompt, command, trace);
      return { version: (await table.withDigest(key, digest))!, created: events.length > 0 };
    },
    async label(key, { label, version, trace }) {
      const { tenant, prompt } = key;
      await commands.handle(tenant, prompt, { type: 'Label', prompt, label, version }, trace);
      return (await table.version(key, version))!;
    },
  };
}
