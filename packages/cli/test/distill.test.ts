import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { seededRandom } from '@retort/kernel';
import { temporaryFolder } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DistillReport } from '../src/distill/distill.ts';
import type { LearntFrom } from '../src/distill/learning-curve.ts';
import { retort, type Finished } from './retort.ts';

const tools = [
  {
    name: 'get_weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
  { name: 'block_card' },
  { name: 'play_music' },
];
const cities = ['Vienna', 'Graz', 'Linz', 'Salzburg', 'Villach'];
const words = {
  get_weather: ['rain', 'weather', 'forecast', 'umbrella', 'storm'],
  block_card: ['card', 'stolen', 'lost', 'fraud', 'wallet'],
  play_music: ['song', 'album', 'band', 'tune', 'listen'],
};

/** Requests of a small invented world. */
function decisions(count: number, seed: number) {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    const { name } = random.pick(tools);
    const [first, second] = random.shuffle(words[name as keyof typeof words]);
    const city = random.pick(cities);
    return {
      id: `${seed}-${index}`,
      agent_id: 'helper',
      context: { query: `${first} ${second} ${name === 'get_weather' ? `in ${city}` : 'please'} number ${index}` },
      toolset: 'small',
      tool_selected: name,
      tool_parameters: (name === 'get_weather' ? { city } : {}) as object | null,
      teacher_model: 'invented',
    };
  });
}
type CurvedReport = DistillReport & { learning_curve: readonly LearntFrom[] };
type Row = ReturnType<typeof decisions>[number];

const lines = (rows: readonly unknown[]) =>
  rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n');
const reportOf = ({ stdout }: Finished) => JSON.parse(stdout.trim().split('\n').at(-1)!) as DistillReport;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let withTools: string[];
const at = (name: string) => join(folder.path, name);
beforeAll(async () => {
  folder = await temporaryFolder('distill');
  await writeFile(at('small.json'), JSON.stringify({ small: tools }));
  await writeFile(at('test.jsonl'), lines(decisions(60, 2)));
  withTools = ['--tools', at('small.json')];
});
afterAll(() => folder.remove());

describe('retort distill', () => {
  it('names bad lines by number, uses the rest, and a refused one for its tool when only its arguments were wrong', async () => {
    // Every decision for the weather that was recorded has arguments against the tool's schema: most a list of cities.
    const unfit = [
      { tool_parameters: undefined },
      { tool_parameters: 'Vienna' },
      { tool_parameters: ['Vienna'] },
      { tool_parameters: null, known_parameters: { city: 5 } },
    ];
    const rows: (object | string)[] = decisions(240, 1).map((row, index) =>
      row.tool_selected === 'get_weather'
        ? { ...row, tool_parameters: { city: ['Vienna'] }, ...(index > 6 && unfit.pop()) }
        : row,
    );
    const refused = decisions(240, 1).filter((row) => row.tool_selected === 'get_weather').length;
    rows[2] = '{"id": "cut off';
    rows[4] = { ...decisions(1, 3)[0]!, tool_selected: 'not_offered' };
    rows[6] = { ...decisions(1, 4)[0]!, toolset: 'unknown' };
    const [unlabelled, odd, ...test] = decisions(62, 2);
    const { tool_selected: _, ...withoutLabel } = unlabelled!;
    // A label against its tool's schema is a label all the same: the student, which may not make it, disagrees.
    const unmakeable = { ...odd!, tool_selected: 'get_weather', tool_parameters: { city: ['Vienna'] } };
    await writeFile(at('with-bad.jsonl'), lines([withoutLabel, unmakeable, ...test]));
    const replaced = [2, 4, 6].filter((index) => decisions(240, 1)[index]!.tool_selected === 'get_weather').length;
    await writeFile(at('train.jsonl.gz'), gzipSync(lines(rows)));
    const finished = await retort(
      'distill',
      '--train',
      at('train.jsonl.gz'),
      '--test',
      at('with-bad.jsonl'),
      '--tools',
      at('small.json'),
      '--out',
      at('predictions.jsonl'),
      '--json',
    );
    expect(finished, finished.stderr).toMatchObject({ code: 0 });
    const report = reportOf(finished);
    expect(report).toMatchObject({
      train_rows: 237,
      test_rows: 61,
      tools: 3,
      tool_turns: 61,
      words: 0,
      bad_lines: { train: 3 + refused - replaced, test: 1 },
    });
    // The tool is learnt from lines whose arguments were refused; its arguments are known to nobody.
    expect(report.tool_agreement).toBeGreaterThan(0.9);
    expect(report.call_agreement).toBeLessThan(report.tool_agreement!);
    expect(report.ladder.map(({ share }) => share)).toEqual([0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5]);
    const predicted = readFileSync(at('predictions.jsonl'), 'utf8').trim().split('\n');
    expect(predicted).toHaveLength(61);
    const weather = predicted.map((line) => JSON.parse(line) as Row & { served_by: string });
    expect(weather.filter((one) => one.tool_selected === 'get_weather' && one.served_by === 'student')).toEqual([]);
    expect(finished.stderr).toMatch(/with-bad.jsonl: 1 line left out\n {2}line 1: \/tool_selected: /);
    expect(finished.stderr).toContain(`train.jsonl.gz: 3 lines left out`);
    expect(finished.stderr).toContain(`${refused - replaced} lines used in part`);
    expect(finished.stderr).toMatch(/ {2}line 3: .*JSON/);
    expect(finished.stderr).toContain('  line 5: /tool_selected: not among the tools offered\n');
    expect(finished.stderr).toContain('  line 7: /toolset: no tools are known for "unknown" (see --tools)\n');
    for (const about of ['/tool_parameters/city: must', '/tool_parameters: ', '/known_parameters/city: must'])
      expect(finished.stderr).toMatch(new RegExp(`arguments refused: ${about}.*; used for its tool alone\n`));
    expect(finished.stderr).not.toContain('used without it');
  });

  it('shows each tool, and what students of fewer rows would do', async () => {
    await writeFile(at('240.jsonl'), lines(decisions(240, 7)));
    const files = ['--train', at('240.jsonl'), '--test', at('test.jsonl'), ...withTools];
    const finished = await retort('distill', ...files, '--learning-curve', '--json');
    expect(finished, finished.stderr).toMatchObject({ code: 0 });
    const { by_tool, learning_curve, test_rows } = reportOf(finished) as CurvedReport;
    expect(learning_curve.map(({ train_rows }) => train_rows)).toEqual([30, 60, 120]);
    for (const { call_agreement } of learning_curve) expect(call_agreement).toBeGreaterThan(0.3);
    const turns = by_tool.map((one) => one.turns);
    expect(turns).toEqual(turns.toSorted((a, b) => b - a));
    expect(turns.reduce((sum, count) => sum + count)).toBe(test_rows);
    expect(by_tool.map(({ tool }) => tool).sort()).toEqual(tools.map(({ name }) => name).sort());
  });

  it('measures a constant student where there is but one tool, and guarantees nothing', async () => {
    const only = decisions(60, 5).map((row) => ({
      ...row,
      toolset: undefined,
      tools_available: [{ name: 'block_card' }],
      tool_selected: 'block_card',
      tool_parameters: {},
    }));
    await writeFile(at('one.jsonl'), lines(only.slice(20)));
    await writeFile(at('one-test.jsonl'), lines(only.slice(0, 20)));
    const finished = await retort('distill', '--train', at('one.jsonl'), '--test', at('one-test.jsonl'), '--json');
    expect(finished.code).toBe(0);
    expect(reportOf(finished)).toMatchObject({
      test_rows: 20,
      test_rows_learnt: 0,
      tools: 1,
      tool_agreement: 1,
      coverage: 0,
      served_call_agreement: null,
      guarantee: { kind: 'none', threshold: null },
      deployed: false,
    });
  });

  it('says that the files overlap, and measures nothing on what was learnt from', async () => {
    await writeFile(at('both.jsonl'), lines(decisions(60, 6)));
    const finished = await retort('distill', '--train', at('both.jsonl'), '--test', at('both.jsonl'), ...withTools);
    expect(finished.code).toBe(0);
    expect(finished.stdout).toContain('60 test rows are also training rows: nothing is left to measure on');
    expect(finished.stdout).not.toContain('100');
  });

  it('ends with one clear line and code 2 when a file holds nothing to use', async () => {
    await writeFile(at('empty.jsonl'), '\n');
    await writeFile(at('good.jsonl'), lines(decisions(60, 6)));
    const emptyTest = await retort('distill', '--train', at('good.jsonl'), '--test', at('empty.jsonl'), ...withTools);
    expect(emptyTest).toMatchObject({ code: 2, stdout: '' });
    expect(emptyTest.stderr).toContain('retort: --test: no line of');
    const emptyTrain = await retort('distill', '--train', at('empty.jsonl'), '--test', at('test.jsonl'), ...withTools);
    expect(emptyTrain.code).toBe(2);
    expect(emptyTrain.stderr).toContain('retort: --train: no line of');
    // Nothing beside the file says what `small` is.
    const noTools = await retort('distill', '--train', at('good.jsonl'), '--test', at('test.jsonl'));
    expect(noTools.code).toBe(2);
    expect(noTools.stderr).toContain('line 1: /toolset: no tools are known for "small" (see --tools)');
  });
}, 180_000);
