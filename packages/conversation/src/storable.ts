import { unstorablePath, type JsonValue } from '@retort/kernel';

/** Text as a log can hold it: agents cut texts in the middle of a character, and tools answer with NUL characters. Both become
 *  U+FFFD, as in a text that is decoded. */
export const storableText = (text: string): string =>
  text.isWellFormed() && !text.includes('\0') ? text : text.replaceAll('\0', '\ufffd').toWellFormed();

/** Whether a log can hold a member. `text` is the JSON that it was read from: almost none has an escape by code. */
export function isStorable(member: [name: string, value: JsonValue], text: string): boolean {
  if (!text.includes('\\u') && !text.includes('__proto__')) return true;
  return unstorablePath(Object.fromEntries([member])) === null;
}
