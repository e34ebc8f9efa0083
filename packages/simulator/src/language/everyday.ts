import type { PhraseSource } from './grammar.ts';
import { lexicon } from './lexicon.ts';

/** The wordings every agent's users share. An agent's own lexicon may override any of them. */
export const everydayLexicon = lexicon({
  want: 'I want to | I would like to | I need to | can you | could you | would you | we need to | time to | let us ~ gonna need you to | lets get to',
  show: 'show | show me | display | pull up | bring up | get me | give me | fetch | tell me ~ surface | drop me',
  check: 'check | look at | have a look at | verify | double-check | see to it and check ~ eyeball | sanity check',
  send: 'send | forward | mail | pass on ~ ping over | shoot over',
  make: 'make | create | prepare | put together | produce ~ spin up | whip up',
  stop: 'stop | cancel | call off | put an end to | halt ~ kill | nuke',
  change: 'change | update | modify | amend | correct ~ tweak | edit',
  what_is: 'what is | what are | tell me | do you know ~ whats up with',
  why: 'why | for what reason | how come ~ what gives',
  problem: 'problem | issue | trouble | something wrong ~ glitch | mess',
  client: 'client | customer | account holder ~ user | member',
  yes: 'yes | yes please | yeah | go ahead | correct | confirmed | do it | sounds good ~ yup | yep do it',
  no: 'no | nope | no leave it | rather not | never mind | forget it | do not do that ~ nah | scrap that',
});

/** Intents outside every agent's work. `confirm` means what the turn before it meant; the others need no tool. */
export const everydayPhrases: readonly PhraseSource[] = [
  ...['{yes}', '{yes} that is right'].map((source) => ({ intent: 'confirm', source })),
  ...['{no}', '{no} for now'].map((source) => ({ intent: 'decline', source })),
  ...[
    'appreciate your help, nothing else',
    'great, that was all',
    'perfect, all good now',
    'appreciate it, have a nice day',
    'all sorted already, nothing else needed',
  ].map((source) => ({ intent: 'thanks', source })),
  ...[
    '{what_is} the weather like tomorrow',
    'recommend a good restaurant near the office',
    'who won the football match last night',
    'tell a joke about bankers',
    'book a flight to lisbon',
    'what time does the canteen open',
    'translate this poem into french',
  ].map((source) => ({ intent: 'offtopic', source })),
];
