import { emptyAnswer, type Answer } from './answer.ts';
import type { Protocol } from './protocol.ts';

/** The data of each event of a stream, in order; an event that its end cuts off is none. */
export function eventData(text: string): string[] {
  const found: string[] = [];
  let data: string[] = [];
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (line === '') {
      if (data.length > 0) found.push(data.join('\n'));
      data = [];
    } else if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5));
  }
  return found;
}

/** An answer as it came: one JSON text, or a stream of events that each hold a part.
 *  @throws SyntaxError, TypeError for what is no answer */
export function answerIn(text: string, isStream: boolean, protocol: Protocol): Answer {
  const answer = emptyAnswer();
  if (!isStream) protocol.addPart(answer, JSON.parse(text));
  else for (const data of eventData(text)) if (data !== '[DONE]') protocol.addPart(answer, JSON.parse(data));
  return answer;
}
