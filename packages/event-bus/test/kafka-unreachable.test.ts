import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@retort/testing';
import { whyNoKafka } from '@retort/testing/kafka';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const settings = `<settings><mirrors><mirror>
  <id>nowhere</id><mirrorOf>*</mirrorOf><url>http://127.0.0.1:9/</url>
</mirror></mirrors></settings>`;

const tools = ['java', 'mvn'].filter((tool) => spawnSync(tool, ['-version'], { stdio: 'ignore' }).error);
const absent = tools.length > 0;
if (absent) process.stderr.write(`\nAn unreachable Maven Central is NOT tested: ${tools.join(', ')} missing.\n`);

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder('no-maven-central');
  await mkdir(join(folder.path, '.m2'));
  await writeFile(join(folder.path, '.m2', 'settings.xml'), settings);
  vi.stubEnv('MAVEN_OPTS', `-Duser.home=${folder.path}`);
  vi.stubEnv('RETORT_TEST_CACHE', folder.path);
  vi.stubEnv('KAFKA_BROKERS', '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await folder.remove();
});

describe.skipIf(absent)('with Java and Maven there and Maven Central out of reach', () => {
  it('what needs a broker is told why there is none', async () => {
    vi.stubEnv('CI', '');
    expect(await whyNoKafka()).toMatch(/the broker cannot be fetched: .*127\.0\.0\.1:9/);
  });

  it('what needs a broker fails under CI=true', async () => {
    vi.stubEnv('CI', 'true');
    await expect(whyNoKafka()).rejects.toThrow('127.0.0.1:9');
  });
});
