import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { formats } from '@retort/import';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectApi } from '../src/api.ts';
import { longestLine } from '../src/import/records.ts';
import { launchPlatform, type Platform } from '../src/platform.ts';
import { importLog, type ImportReport } from '../src/import/import.ts';
import { temporaryFolder } from '@retort/testing';
import { folder } from './folder.ts';
import { retort } from './retort.ts';

const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const tools = [{ type: 'function', function: { name: 'weather', parameters } }];

function line(id: string, given: object = { city: 'Oslo' }, offered: object = { tools }): string {
  return JSON.stringify({
    id,
    request: { model: 'gpt-5-mini', messages: [{ role: 'user', content: `Weather for ${id}?` }], ...offered },
    response: {
      choices: [
        {
          finish_reason: 'tool_calls',
          message: {
            tool_calls: [{ id: `call-${id}`, function: { name: 'weather', arguments: JSON.stringify(given) } }],
          },
        },
      ],
    },
  });
}

const silent = { step: () => undefined, done: () => undefined };

describe('an import into a running platform', () => {
  let data: Awaited<ReturnType<typeof temporaryFolder>>;
  let platform: Platform;
  beforeAll(async () => {
    data = await temporaryFolder('import');
    platform = await launchPlatform({ folder: data.path, port: 0, environment: { RETORT_AUTO: 'false' } });
  }, 120_000);
  afterAll(async () => {
    await platform.stop();
    await data.remove();
  });

  const run = (path: string, format = 'openai-chat-jsonl'): Promise<ImportReport> =>
    importLog(
      { format: formats.find(({ name }) => name === format)!, path, agentId: 'imported', tools: null },
      { api: connectApi(platform), progress: silent, signal: new AbortController().signal },
    );

  it('adds nothing the second time', async () => {
    const path = join(await folder(), 'log.jsonl.gz');
    await writeFile(path, gzipSync([line('a-1'), line('a-2'), ''].join('\n')));
    expect(await run(path)).toMatchObject({ records: 2, decisions: 2, recorded: 2, duplicates: 0 });
    expect(await run(path)).toMatchObject({ records: 2, decisions: 2, recorded: 0, duplicates: 2 });
  });

  it('takes a whole folder, one JSON list and CSV', async () => {
    const path = await folder();
    await writeFile(join(path, '1.json'), `[${line('b-1')},\n${line('b-2')}]`);
    await writeFile(join(path, '2.jsonl'), line('b-3'));
    expect(await run(path)).toMatchObject({ files: 2, recorded: 3 });
    const table = join(await folder(), 'table.csv');
    await writeFile(table, 'query,tool,parameters\n"Weather, in Oslo?",weather,"{""city"":""Oslo""}"\n');
    expect(await run(table, 'csv')).toMatchObject({ recorded: 1, tools_inferred: ['weather'] });
  });

  it('infers tools that the log does not describe, in a second reading', async () => {
    const path = join(await folder(), 'log.jsonl');
    await writeFile(path, [line('c-1', { city: 'Oslo' }, {}), line('c-2'), line('c-3', { town: 1 }, {})].join('\n'));
    expect(await run(path)).toMatchObject({ decisions: 3, recorded: 3, tools_inferred: ['weather'], unusable: [] });
  });

  it('keeps the tool of a call whose arguments the schema refuses', async () => {
    const path = join(await folder(), 'log.jsonl');
    await writeFile(path, line('d-1', { city: 7 }));
    expect(await run(path)).toMatchObject({ recorded: 1, used_in_part: 1, refused: [] });
  });

  it('counts what it cannot use by reason, with its place, and imports the rest', async () => {
    const path = join(await folder(), 'log.jsonl');
    await writeFile(
      path,
      [line('e-1'), '{"request":', 'x'.repeat(longestLine + 1), '{"messages":[]}', line('e-2')].join('\n'),
    );
    const report = await run(path);
    expect(report).toMatchObject({ records: 5, recorded: 2 });
    expect(report.unusable.map(({ reason, count, examples }) => [reason, count, examples])).toEqual([
      ['not-json', 1, [`${path}:2`]],
      ['too-long', 1, [`${path}:3`]],
      ['not-this-format', 1, [`${path}:4`]],
    ]);
  });

  it('says where compressed data end, and keeps what came before', async () => {
    const path = join(await folder(), 'log.jsonl.gz');
    const lines = Array.from({ length: 2_000 }, (_, index) => line(`f-${index}`, { city: `city ${Math.sin(index)}` }));
    const whole = gzipSync(lines.join('\n'));
    await writeFile(path, whole.subarray(0, whole.length / 2));
    const report = await run(path);
    expect(report.recorded).toBeGreaterThan(100);
    expect(report.unusable).toMatchObject([{ reason: 'compressed-data-damaged', count: 1 }]);
  });

  it('takes batches that are larger than a body may be in smaller ones', async () => {
    const path = join(await folder(), 'log.jsonl');
    const manual = 'a page of the manual '.repeat(10_000);
    const lines = Array.from({ length: 120 }, (_, index) => line(`h-${index}`).replace('Weather', `${manual}Weather`));
    await writeFile(path, lines.join('\n'));
    expect(await run(path)).toMatchObject({ recorded: 120, refused: [] });
  });

  it('offers the thousand tools that a log calls most, and counts the calls of others', async () => {
    const path = join(await folder(), 'log.jsonl');
    const lines = Array.from({ length: 1_100 }, (_, index) =>
      line(`i-${index}`, {}, {}).replace('"weather"', `"tool_${index % 1_074}"`),
    );
    await writeFile(path, lines.join('\n'));
    const report = await run(path);
    expect(report).toMatchObject({ records: 1_100, recorded: 1_050, refused: [] });
    expect(report.tools_inferred).toHaveLength(1_024);
    expect(report.unusable).toMatchObject([{ reason: 'too-many-tools', count: 50 }]);
  });

  it('counts a time that has not come yet, and takes one that runs backwards without its duration', async () => {
    const path = join(await folder(), 'log.jsonl');
    const observation = (id: string, startTime: string, endTime: string) =>
      JSON.stringify({
        id,
        type: 'GENERATION',
        startTime,
        endTime,
        model: 'gpt-5-mini',
        input: { messages: [{ role: 'user', content: `Weather for ${id}?` }], tools },
        output: { role: 'assistant', tool_calls: [{ function: { name: 'weather', arguments: '{"city":"Oslo"}' } }] },
      });
    await writeFile(
      path,
      [
        observation('j-1', '2026-03-02T09:00:01Z', '2026-03-02T09:00:00Z'),
        observation('j-2', '2026-03-02T08:00:00Z', '2026-03-02T08:00:01Z'),
        observation('j-3', '2199-03-02T08:00:00Z', '2199-03-02T08:00:01Z'),
      ].join('\n'),
    );
    const report = await run(path, 'langfuse');
    expect(report).toMatchObject({ decisions: 3, recorded: 2, refused: [{ count: 1, examples: [`${path}:3`] }] });
  });

  it('refuses other content under an id that is known, and says so', async () => {
    const path = join(await folder(), 'log.jsonl');
    await writeFile(path, [line('g-1'), line('g-1', { city: 'Rome' })].join('\n'));
    const report = await run(path);
    expect(report).toMatchObject({ recorded: 1, duplicates: 0 });
    expect(report.refused).toMatchObject([{ count: 1, examples: [`${path}:2`] }]);
  });
});

describe('retort import', () => {
  it('tells a log of another format from one that came in', async () => {
    const path = join(await folder(), 'log.jsonl');
    await writeFile(path, line('d-1'));
    const { code, stdout, stderr } = await retort('import', path, '--from', 'langfuse', '--dry-run', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ records: 1, decisions: 0, unusable: [{ count: 1 }] });
    expect([code, stderr]).toEqual([2, expect.stringContaining('is this a log of langfuse?')]);
  });

  it('shows in a dry run what would come in, without a platform', async () => {
    const path = join(await folder(), 'log.jsonl');
    const unreadable = line('2').replace('\\"}"', '\\""');
    await writeFile(path, [line('1'), 'oops', unreadable].join('\n'));
    const { code, stdout } = await retort('import', path, '--from', 'openai-chat-jsonl', '--dry-run', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      dry_run: true,
      records: 3,
      decisions: 2,
      recorded: 0,
      answers: { call: 2 },
      arguments_unknown: 1,
    });
  });

  it('asks for what is missing: a known format, a key, a file', async () => {
    const path = join(await folder(), 'log.jsonl');
    await writeFile(path, line('1'));
    const refused = await Promise.all([
      retort('import', path, '--from', 'notes'),
      retort('import', path, '--from', 'csv', '--url', 'http://127.0.0.1:1'),
      retort('import', `${path}.gone`, '--from', 'csv', '--dry-run'),
    ]);
    expect(refused.map(({ code }) => code)).toEqual([2, 2, 2]);
    expect(refused[0]!.stderr).toContain('openai-chat-jsonl');
    expect(refused[1]!.stderr).toContain('RETORT_KEY');
    expect(refused[2]!.stderr).toContain('There is no file or folder');
  });
});
