/** Every GET route of the platform: the concrete paths of a tenant's lists and items, or why its answers are not compared. */
export type Ask = (path: string) => Promise<{ status: number; text: string }>;

/** What is measured, or tells of a process and not of a fact. */
export const measurements: Readonly<Record<string, string>> = {
  '/api/v1/platform/rebuilds': 'of no tenant',
  '/api/v1/platform/rebuilds/{run_id}': 'of no tenant',
  '/api/v1/platform/rebuilds/{run_id}/events': 'of no tenant',
  '/api/v1/platform/verifications': 'of no tenant',
  '/api/v1/platform/verifications/{run_id}': 'of no tenant',
  '/api/v1/platform/verifications/{run_id}/events': 'of no tenant',
  '/api/v1/platform/projections': 'where the readers stand',
  '/api/v1/platform/projections/decisions/rebuilds': 'of no tenant',
  '/api/v1/platform/projections/decisions/rebuilds/{run_id}': 'of no tenant',
  '/api/v1/platform/projections/decisions/rebuilds/{run_id}/events': 'of no tenant',
  '/api/v1/platform/audit-events:verify': 'the chain is evidence: it is kept, not made again',
  '/api/v1/dead-letters': 'the bus',
  '/api/v1/platform/dead-letters': 'the bus',
  '/api/v1/projections': 'where the readers stand',
  '/api/v1/serving': 'when this process loaded what serves',
  '/api/v1/predictions/usage': 'usage',
  '/api/v1/metrics/cost-analysis': 'usage at a price',
  '/api/v1/training-runs/{run_id}/events': 'steps and metrics of a run as it went',
  '/api/v1/curation-runs/{run_id}/events': 'steps and metrics of a run as it went',
  '/api/v1/decision-replays/{run_id}/events': 'steps and metrics of a run as it went',
  '/api/v1/evaluations/{run_id}/events': 'steps and metrics of a run as it went',
  '/api/v1/optimization-runs/{run_id}/events': 'steps and metrics of a run as it went',
  '/api/v1/api-keys': 'hashes of keys',
  '/api/v1/platform/tenants': 'kept with the keys',
  '/api/v1/platform/tenants/{tenant}': 'kept with the keys',
};

interface Page {
  data: Record<string, unknown>[];
  next_cursor?: string | null;
}

/** Answers by path: lists page by page, and each of their items. */
export async function everything(ask: Ask): Promise<{ answers: Map<string, string>; routes: Set<string> }> {
  const answers = new Map<string, string>();
  const routes = new Set<string>();
  const get = async (route: string, path = route, name = path) => {
    routes.add(routeOf(route));
    const { status, text } = await ask(path);
    // A refusal bears the request's own id, a cursor the end of the log as it was.
    const kept = text.replaceAll(/"(?:request_id|next_cursor)":"[^"]*"/g, '');
    answers.set(name, `${status} ${kept}`);
    return text;
  };
  const rows = async (route: string, path = route) => {
    const all: Page['data'] = [];
    let number = 0;
    for (let next: string | null = path; next !== null;) {
      const page = JSON.parse(await get(route, next, `${path} page ${++number}`)) as Page;
      all.push(...page.data);
      const joined = path.includes('?') ? '&' : '?';
      next = page.next_cursor ? `${path}${joined}cursor=${encodeURIComponent(page.next_cursor)}` : null;
    }
    return all;
  };
  /** Each of a list, under the name of its key. */
  const each = async (list: string, key: string, item: string) => {
    const found = (await rows(list)).map((row) => String(row[key]));
    for (const name of found) await get(item, item.replace(/\{\w+\}/, encodeURIComponent(name)));
    return found;
  };

  const decisions = await each('/api/v1/decisions', 'id', '/api/v1/decisions/{id}');
  await get('/api/v1/decisions:count');
  await get('/api/v1/decisions/{id}/history', `/api/v1/decisions/${decisions[0]}/history`);
  for (const { agent_id } of await rows('/api/v1/agents'))
    await rows('/api/v1/agents/{agent_id}/timeline', `/api/v1/agents/${String(agent_id)}/timeline`);
  const toolsets = new Set((await rows('/api/v1/decisions?toolsets=reference')).map(({ toolset }) => String(toolset)));
  for (const digest of toolsets) await get('/api/v1/toolsets/{toolset}', `/api/v1/toolsets/${digest}`);
  await get('/api/v1/toolset-names/{name}', '/api/v1/toolset-names/cards');
  routes.add('/api/v1/audit-events');
  const log = JSON.parse((await ask('/api/v1/audit-events?limit=1000')).text) as Page;
  // Whoever starts a platform is given a key, and that is on the record.
  answers.set('/api/v1/audit-events', JSON.stringify(log.data.filter((event) => event['aggregate_type'] !== 'tenant')));

  for (const run of await each('/api/v1/curation-runs', 'run_id', '/api/v1/curation-runs/{run_id}'))
    await rows('/api/v1/curation-runs/{run_id}/rejections', `/api/v1/curation-runs/${run}/rejections`);
  for (const version of await each('/api/v1/datasets', 'dataset_version', '/api/v1/datasets/{version}'))
    await rows('/api/v1/datasets/{version}/rows', `/api/v1/datasets/${version}/rows`);
  await each('/api/v1/training-runs', 'run_id', '/api/v1/training-runs/{run_id}');
  for (const model of await each('/api/v1/models', 'model', '/api/v1/models/{model}'))
    for (const { model_version } of await rows('/api/v1/models/{model}', `/api/v1/models/${model}`))
      for (const part of ['', '/card', '/artifact'])
        await get(
          `/api/v1/models/{model}/versions/{version}${part}`,
          `/api/v1/models/${model}/versions/${String(model_version)}${part}`,
        );
  for (const run of await each('/api/v1/evaluations', 'run_id', '/api/v1/evaluations/{run_id}'))
    await rows('/api/v1/evaluations/{run_id}/samples', `/api/v1/evaluations/${run}/samples`);
  await rows('/api/v1/metrics/distilled-model-metrics');
  await rows('/api/v1/metrics/performance-benchmarks');
  for (const { prompt, versions } of await rows('/api/v1/prompts')) {
    await get('/api/v1/prompts/{name}', `/api/v1/prompts/${String(prompt)}`);
    for (let version = 1; version <= Number(versions); version++)
      await get('/api/v1/prompts/{name}/versions/{version}', `/api/v1/prompts/${String(prompt)}/versions/${version}`);
  }
  await each('/api/v1/optimization-runs', 'run_id', '/api/v1/optimization-runs/{run_id}');
  await each('/api/v1/decision-replays', 'run_id', '/api/v1/decision-replays/{run_id}');
  for (const agent of ['data-curator', 'prompt-optimizer', 'model-trainer', 'evaluation']) {
    const list = `/api/v1/agents/${agent}/runs`;
    routes.add(list).add(routeOf(`${list}/{id}`));
    const runs = (JSON.parse((await ask(`${list}?limit=200`)).text) as Page).data;
    // One that decided to do nothing is no fact.
    const facts = runs.filter(({ state }) => state !== 'nothing-to-do');
    answers.set(list, JSON.stringify(facts));
  }

  for (const { name } of await rows('/api/v1/data-products')) {
    const product = `/api/v1/data-products/${String(name)}`;
    const route = '/api/v1/data-products/{name}';
    for (const part of ['', '/schema', '/quality', '/lineage']) await get(`${route}${part}`, `${product}${part}`);
    for (const { version } of await rows(`${route}/versions`, `${product}/versions`)) {
      const at = `${product}/versions/${encodeURIComponent(String(version))}`;
      await get(`${route}/versions/{version}`, at);
    }
    if (name !== 'cost_analysis') await rows(`${route}/rows`, `${product}/rows`);
  }
  return { answers, routes };
}

/** Without query, and whatever its parameters are called. */
export function routeOf(path: string): string {
  return path.split('?')[0]!.replaceAll(/\{\w+\}/g, '{}');
}
