import type { DomainEvent, Measured, PromptContent } from '@retort/contracts';
import { fault, type Decider } from '@retort/kernel';

export type PromptCommand =
  | {
      type: 'AddVersion';
      prompt: string;
      content: PromptContent;
      digest: string;
      note?: string | undefined;
      score?: Measured | undefined;
    }
  | { type: 'Label'; prompt: string; label: string; version: number };
export const promptEventTypes = ['PROMPT_VERSION_ADDED', 'PROMPT_LABELLED'] as const;
export type PromptEvent = DomainEvent<(typeof promptEventTypes)[number]>;

export interface PromptState {
  /** Digest of the content → version. */
  versions: ReadonlyMap<string, number>;
  labels: ReadonlyMap<string, number>;
}

/** Versions of a prompt never change and are numbered from 1 without gaps; a label says which one is meant. The same content
 *  again is the version that it already is. */
export const promptDecider: Decider<PromptCommand, PromptState, PromptEvent> = {
  initial: { versions: new Map(), labels: new Map() },
  decide(command, { versions, labels }) {
    const { prompt } = command;
    if (command.type === 'AddVersion') {
      const { content, digest, note, score } = command;
      if (versions.has(digest)) return [];
      const version = versions.size + 1;
      const about = { ...(note !== undefined && { note }), ...(score && { score }) };
      return [{ type: 'PROMPT_VERSION_ADDED', data: { prompt, version, digest, ...content, ...about } }];
    }
    const { label, version } = command;
    if (version > versions.size) throw unknownVersion(version);
    return labels.get(label) === version ? [] : [{ type: 'PROMPT_LABELLED', data: { prompt, label, version } }];
  },
  evolve: ({ versions, labels }, event) =>
    event.type === 'PROMPT_VERSION_ADDED'
      ? { versions: new Map(versions).set(event.data.digest, event.data.version), labels }
      : { versions, labels: new Map(labels).set(event.data.label, event.data.version) },
};

export function unknownVersion(version: number): Error {
  return fault('prompts.unknown-version', { public: `There is no version ${version} of this prompt.` });
}
