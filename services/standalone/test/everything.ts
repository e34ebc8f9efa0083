import {
  agentRuns,
  countDecisions,
  curationRuns,
  decisionReplays,
  endpoints,
  evaluations,
  getAgentTimeline,
  getCost,
  getCurationOutlook,
  getDataProduct,
  getDataProductLineage,
  getDataProductQuality,
  getDataProductSchema,
  getDataProductVersion,
  getDataset,
  getDecision,
  getDecisionHistory,
  getErasure,
  getModel,
  getModelArtifact,
  getModelCard,
  getModelVersion,
  getNamedToolset,
  getPredictionUsage,
  getPrompt,
  getPromptMessages,
  getPromptVersion,
  getServing,
  getStatus,
  getTenant,
  getToolset,
  listAgents,
  listApiKeys,
  listAuditEvents,
  listBudgets,
  listCostAnalysis,
  listCurationRejections,
  listDataProductRows,
  listDataProducts,
  listDataProductVersions,
  listDatasetRows,
  listDatasets,
  listDeadLetters,
  listDecisions,
  listDeployments,
  listDistilledModelMetrics,
  listErasures,
  listEvaluationSamples,
  listExchangeTotals,
  listModels,
  listOwnAnswers,
  listPerformanceBenchmarks,
  listPlatformDeadLetters,
  listProjections,
  listPrices,
  listPrompts,
  listShreddedEvents,
  listTenants,
  listUpstreamModels,
  optimizationRuns,
  projectionRebuilds,
  rebuilds,
  trainingRuns,
  urlOf,
  verifications,
  verifyAuditEvents,
  type Endpoint,
} from '@retort/contracts';
import type { TestClient } from '@retort/service-testing';

/** What is measured, or tells of a process and not of a fact: why its answers are not compared. */
const measurements: readonly (readonly [Endpoint, why: string])[] = [
  [listProjections, 'where the readers stand'],
  ...[projectionRebuilds, rebuilds, verifications].flatMap(({ list, get, events }) =>
    [list, get, events].map((endpoint) => [endpoint, 'of no tenant'] as const),
  ),
  [verifyAuditEvents, 'the chain is evidence: it is kept, not made again'],
  [listDeadLetters, 'the bus'],
  [listPlatformDeadLetters, 'the bus'],
  [getServing, 'when this process loaded what serves'],
  [getPredictionUsage, 'usage'],
  [listCostAnalysis, 'usage at a price'],
  [listBudgets, 'what was spent is a measurement'],
  ...[trainingRuns, curationRuns, decisionReplays, evaluations, optimizationRuns].map(
    ({ events }) => [events, 'steps and metrics of a run as it went'] as const,
  ),
  ...Object.values(agentRuns).map(({ events }) => [events, 'steps and metrics of a run as it went'] as const),
  [listApiKeys, 'hashes of keys'],
  [listTenants, 'kept with the keys'],
  [getTenant, 'kept with the keys'],
  [listOwnAnswers, 'kept in backups'],
  [listUpstreamModels, 'of the providers'],
  ...[listErasures, getErasure, listShreddedEvents].map(
    (endpoint) => [endpoint, 'nothing is encrypted there'] as const,
  ),
];

/** The GET endpoints that nobody compares, and nobody says why. */
export function unaccountedFor(asked: ReadonlySet<Endpoint>): string[] {
  const excused = new Set(measurements.map(([endpoint]) => endpoint));
  return endpoints
    .filter((endpoint) => endpoint.method === 'GET' && !asked.has(endpoint) && !excused.has(endpoint))
    .map(({ id }) => id);
}

interface Page {
  data: Record<string, unknown>[];
  next_cursor?: string | null;
}
type Parameters = Record<string, unknown>;

/** A tenant's lists, page by page, and each of their items: answers by path, and the endpoints that gave them. */
export async function everything({ send }: TestClient) {
  const answers = new Map<string, string>();
  const asked = new Set<Endpoint>();
  const address = (endpoint: Endpoint, params: Parameters, query: Parameters = {}) =>
    urlOf(endpoint, { params, query } as never);
  const ask = async (endpoint: Endpoint, url: string) => {
    asked.add(endpoint);
    const answer = await send(url);
    return { status: answer.status, text: await answer.text() };
  };
  const get = async (endpoint: Endpoint, params: Parameters = {}, query: Parameters = {}, name?: string) => {
    const url = address(endpoint, params, query);
    const { status, text } = await ask(endpoint, url);
    // A refusal bears the request's own id, a cursor the end of the log as it was.
    answers.set(name ?? url, `${status} ${text.replaceAll(/"(?:request_id|next_cursor)":"[^"]*"/g, '')}`);
    return text;
  };
  const rows = async (endpoint: Endpoint, params: Parameters = {}, query: Parameters = {}) => {
    const all: Page['data'] = [];
    const url = address(endpoint, params, query);
    let cursor: string | undefined;
    for (let number = 1; number === 1 || cursor !== undefined; number++) {
      const page = JSON.parse(await get(endpoint, params, { ...query, cursor }, `${url} page ${number}`)) as Page;
      all.push(...page.data);
      cursor = page.next_cursor ?? undefined;
    }
    return all;
  };
  /** Each of a list, by the member that names it. */
  const each = async (list: Endpoint, member: string, item: Endpoint) => {
    const parameter = Object.keys(item.params!.shape)[0]!;
    const found = (await rows(list)).map((row) => String(row[member]));
    for (const name of found) await get(item, { [parameter]: name });
    return found;
  };

  const decisions = await each(listDecisions, 'id', getDecision);
  for (const endpoint of [countDecisions, getStatus, getCurationOutlook, listPrices]) await get(endpoint);
  for (const endpoint of [getCost, listExchangeTotals])
    await get(endpoint, {}, { from: '2026-01-01T00:00:00Z', to: '2027-01-01T00:00:00Z' });
  await get(getDecisionHistory, { id: decisions[0] });
  for (const { agent_id } of await rows(listAgents)) await rows(getAgentTimeline, { agent_id });
  const references = await rows(listDecisions, {}, { toolsets: 'reference' });
  for (const digest of new Set(references.map(({ toolset }) => toolset))) await get(getToolset, { digest });
  await get(getNamedToolset, { name: 'cards' });
  const log = JSON.parse((await ask(listAuditEvents, address(listAuditEvents, {}, { limit: 1000 }))).text) as Page;
  // Whoever starts a platform is given a key, and that is on the record.
  answers.set(listAuditEvents.path, JSON.stringify(log.data.filter((event) => event['aggregate_type'] !== 'tenant')));

  for (const run_id of await each(curationRuns.list, 'run_id', curationRuns.get))
    await rows(listCurationRejections, { run_id });
  for (const version of await each(listDatasets, 'dataset_version', getDataset))
    await rows(listDatasetRows, { version });
  await each(trainingRuns.list, 'run_id', trainingRuns.get);
  await rows(listDeployments);
  for (const model of await each(listModels, 'model', getModel))
    for (const { model_version: version } of await rows(getModel, { model }))
      for (const part of [getModelVersion, getModelCard, getModelArtifact]) await get(part, { model, version });
  for (const run_id of await each(evaluations.list, 'run_id', evaluations.get))
    await rows(listEvaluationSamples, { run_id });
  await rows(listDistilledModelMetrics);
  await rows(listPerformanceBenchmarks);
  for (const { prompt: name, versions } of await rows(listPrompts)) {
    await get(getPrompt, { name });
    await get(getPromptMessages, { name });
    for (let version = 1; version <= Number(versions); version++) await get(getPromptVersion, { name, version });
  }
  await each(optimizationRuns.list, 'run_id', optimizationRuns.get);
  await each(decisionReplays.list, 'run_id', decisionReplays.get);
  for (const { list, get: one } of Object.values(agentRuns)) {
    asked.add(one);
    const runs = (JSON.parse((await ask(list, address(list, {}, { limit: 200 }))).text) as Page).data;
    // One that decided to do nothing is no fact.
    answers.set(list.path, JSON.stringify(runs.filter(({ state }) => state !== 'nothing-to-do')));
  }

  for (const { name } of await rows(listDataProducts)) {
    for (const part of [getDataProduct, getDataProductSchema, getDataProductQuality, getDataProductLineage])
      await get(part, { name });
    for (const { version } of await rows(listDataProductVersions, { name }))
      await get(getDataProductVersion, { name, version });
    if (name !== 'cost_analysis') await rows(listDataProductRows, { name });
  }
  return { answers, asked };
}
