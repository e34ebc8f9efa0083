import type { JsonObject, Random } from '@retort/kernel';
import { TEXT_KEYS } from '../features/context.ts';

/** Sentences in languages that an English table of words does not have; none is in any data set. */
export const FOREIGN: readonly string[] = [
  'Könnten Sie mir bitte sagen, wann der nächste Zug nach Hamburg fährt?',
  'Ich hätte gern einen Termin beim Zahnarzt am Donnerstagnachmittag.',
  '¿Dónde puedo encontrar una farmacia abierta a estas horas de la noche?',
  'Quisiera devolver estos zapatos porque me quedan demasiado pequeños.',
  'Je voudrais réserver une table pour quatre personnes demain soir.',
  'Pouvez-vous traduire cette lettre avant la fin de la semaine ?',
  'Vorrei sapere quanto costa spedire un pacco in Argentina.',
  'Mi può consigliare un buon libro sulla storia di Venezia?',
  'Gostaria de saber se o museu abre aos domingos de manhã.',
  'Kunt u mij vertellen hoe laat de winkel vandaag sluit?',
  'Czy mógłby pan sprawdzić, dlaczego ogrzewanie nie działa?',
  'Подскажите, пожалуйста, как пройти к ближайшей станции метро.',
  'Сколько времени занимает доставка книги в другой город?',
  '明日の朝の会議の資料を送ってください。',
  '请问附近有没有安静的咖啡馆可以工作？',
  '이번 주말에 비가 올 가능성이 얼마나 되나요?',
  'هل يمكنك أن تخبرني متى تغلق المكتبة اليوم؟',
  'क्या आप मुझे बता सकते हैं कि अस्पताल कहाँ है?',
  'Voisitteko kertoa, mistä löydän hyvän kahvilan?',
  'Hur lång tid tar det att cykla till stranden härifrån?',
];

/** How people join two requests. */
export const JOINS: readonly string[] = [' and ', ' and also ', ', then ', '. Also ', '. ', ' and then ', ', and '];

/** A context that says only this, where contexts of this kind have their text. */
export function saying(text: string, like: JsonObject): JsonObject {
  const key = TEXT_KEYS.find((name) => typeof like[name] === 'string') ?? TEXT_KEYS[0]!;
  return { [key]: text };
}

/** A context whose text asks for two things: the first's, with the second's text joined to its own. null where either has no
 *  text to join. */
export function joined(first: JsonObject, second: JsonObject, random: Random): JsonObject | null {
  const key = TEXT_KEYS.find((name) => typeof first[name] === 'string');
  const other = TEXT_KEYS.find((name) => typeof second[name] === 'string');
  if (key === undefined || other === undefined) return null;
  const [before, after] = [String(first[key]), String(second[other])].map((text) => text.trim());
  if (!before || !after) return null;
  return { ...first, [key]: `${before.replace(/[.?!]+$/, '')}${random.pick(JOINS)}${after}` };
}

/** Words of many requests in an order that means nothing. */
export function nonsense(words: readonly string[], random: Random): string {
  return Array.from({ length: 3 + random.integer(10) }, () => random.pick(words)).join(' ');
}
