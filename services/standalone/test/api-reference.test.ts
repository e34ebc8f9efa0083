import { endpoints, listDecisions, recordDecision } from '@retort/contracts';
import { installedBrowser } from '@retort/testing';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { caughtUp, startTestPlatform, type TestPlatform } from './harness.ts';

const executablePath = installedBrowser();
if (executablePath === null) process.stdout.write('No Chromium on this machine: /docs is not opened in a browser.\n');

describe.skipIf(executablePath === null)('the API reference in a browser (skipped without a Chromium)', () => {
  let platform: TestPlatform;
  let browser: Browser;
  let page: Page;
  /** What the browser complains about, and where it went. */
  const complaints: string[] = [];
  const origins = new Set<string>();

  beforeAll(async () => {
    vi.stubEnv('RETORT_AUTO', 'false');
    platform = await startTestPlatform('api-reference');
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
    page = await browser.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith('data:')) origins.add(new URL(request.url()).origin);
    });
    await page.goto(`${platform.url()}/docs`);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await browser?.close();
    await platform?.close();
  });

  it('lists the operations of every service without a key', async () => {
    await page.locator('.opblock-tag').first().waitFor();
    const tags = await page.locator('.opblock-tag').evaluateAll((found) => found.map((one) => one.dataset.tag));
    expect(tags.sort()).toEqual([...new Set(endpoints.map(({ owner }) => owner))].sort());
  });

  it('sends a request with the key that is typed in, and shows the answer', async () => {
    const { status } = await platform.call(recordDecision, {
      body: {
        agent_id: 'browser',
        context: { query: 'balance?' },
        tools_available: [{ name: 'balance' }],
        tool_selected: 'balance',
      },
    });
    expect(status).toBe(201);
    await caughtUp(platform);
    await page.locator('.btn.authorize').click();
    await page.locator('#auth-bearer-value').fill(await platform.keyOf('default'));
    await page.locator('.auth-container', { hasText: 'bearer' }).locator('.btn.authorize').click();
    await page.locator('.btn-done').first().click();
    await page.locator(`.opblock-tag[data-tag="${listDecisions.owner}"]`).click();
    const operation = page.locator(`[id$="-${listDecisions.id}"]`);
    await operation.locator('.opblock-summary-control').click();
    await operation.locator('.execute').click();
    const answer = operation.locator('.live-responses-table .response').first();
    expect(await answer.locator('.response-col_status').innerText()).toContain('200');
    expect(await answer.innerText()).toContain('"agent_id": "browser"');
  });

  it('keeps to its own origin and to its content security policy', () => {
    expect([...origins]).toEqual([platform.url()]);
    expect(complaints).toEqual([]);
  });
});
