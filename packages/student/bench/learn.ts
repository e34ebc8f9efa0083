import { writeFileSync } from 'node:fs';
import { trainStudent } from '../src/index.ts';
import { decisionsOf } from './data.ts';

/** `learn.ts SET ROWS FILE`: writes the student of a set's first rows. A process of its own, as it is where students serve:
 *  what training leaves behind, in memory and in the compiler's mind, is not what predictions are measured with. */
const [set, rows, file] = process.argv.slice(2);
const decisions = decisionsOf(set!).train.slice(0, rows === 'all' ? undefined : Number(rows));
writeFileSync(file!, trainStudent(decisions, { seed: 1, target: 0.93, confidence: 0.95 }).artifact);
