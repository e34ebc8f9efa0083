/** A concept's wordings. `usual` are what agents say every day; `novel` appear only once the language has drifted. */
export interface Wordings {
  usual: readonly string[];
  novel: readonly string[];
}
export type Lexicon = Readonly<Record<string, Wordings>>;

/** Reads `'loan | credit ~ facility'`: alternatives separated by `|`, those of the drifted language after `~`. */
export function wordings(source: string): Wordings {
  const [usual = '', novel = ''] = source.split('~');
  return { usual: alternatives(usual), novel: alternatives(novel) };
}

export function lexicon(source: Readonly<Record<string, string>>): Lexicon {
  return Object.fromEntries(Object.entries(source).map(([concept, words]) => [concept, wordings(words)]));
}

function alternatives(source: string): string[] {
  return source
    .split('|')
    .map((alternative) => alternative.trim())
    .filter((alternative) => alternative !== '');
}

/** Words that carry no meaning of their own in any grammar. */
export const stopWords: ReadonlySet<string> = new Set(
  (
    'a an the this that these those is are am was were be been it its of to on in at by for from with and or do does did ' +
    'has have had i we you he she they me us them our my your his her their there here as so if into out up about just ' +
    'please hi hello hey thanks thank'
  ).split(' '),
);

/** Splits a text into lower-case words; digits stay, apostrophes go ("what's" is "whats"). */
export function wordsOf(text: string): string[] {
  return (
    text
      .toLowerCase()
      .replaceAll(/['’]/g, '')
      .match(/[a-z0-9]+/g) ?? []
  );
}
