import type { ToolDefinition } from '@retort/contracts';
import { seededRandom, type JsonObject } from '@retort/kernel';
import type { LabelledDecision } from '../src/index.ts';

export const tools: ToolDefinition[] = [
  {
    name: 'get_weather',
    description: 'Tells the weather forecast of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, additionalProperties: false },
  },
  { name: 'play_music', description: 'Plays a song or an artist' },
  { name: 'block_card', description: 'Blocks a lost or stolen bank card' },
  { name: 'set_alarm', description: 'Wakes you up at a time' },
];

const PHRASES: Record<string, readonly string[]> = {
  get_weather: ['weather', 'rain', 'forecast', 'sunny', 'umbrella', 'storm'],
  play_music: ['song', 'play', 'album', 'band', 'listen', 'tune'],
  block_card: ['card', 'stolen', 'lost', 'block', 'bank', 'fraud'],
  set_alarm: ['alarm', 'wake', 'morning', 'clock', 'early', 'snooze'],
};
const FILLER = ['please', 'could you', 'now', 'for me', 'today', 'i want', 'the', 'a', 'tell', 'will there be'];

/** Requests of a small invented world: two words that mean the tool, among words that mean nothing. */
export function decisions(count: number, { seed = 1, noise = 0 } = {}): LabelledDecision[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    const tool = random.pick(tools).name;
    const words = [random.pick(PHRASES[tool]!), random.pick(PHRASES[tool]!)];
    for (let filler = 0; filler < 4; filler++) words.push(random.pick(FILLER));
    const label = random.next() < noise ? random.pick(tools).name : tool;
    return decision(`d${index}`, random.shuffle(words).join(' '), label);
  });
}

export function decision(id: string, query: string, tool: string | null, more: JsonObject = {}): LabelledDecision {
  return { id, context: { query, ...more }, tools, call: { tool, parameters: {} } };
}

export const options = { seed: 7, target: 0.93, confidence: 0.95 };
