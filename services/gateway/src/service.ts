import { ownMember } from '@retort/kernel';
import { defineService } from '@retort/service-kit';
import { ingestedDecisions } from './adapters/decisions.ts';
import { servedStudent } from './adapters/predictions.ts';
import { priceTables } from './adapters/price-tables.ts';
import { ingestedOutcomes } from './adapters/outcomes.ts';
import { recordedDecisions } from './adapters/recorded-decisions.ts';
import { renderedPrompts } from './adapters/rendered-prompts.ts';
import { toldSpending } from './adapters/spending.ts';
import { turnSpool } from './adapters/turn-spool.ts';
import { upstreamConnections } from './adapters/upstream.ts';
import { gatewayMetrics } from './app/metrics.ts';
import { spendingBudgets } from './app/budgets.ts';
import { callOutcomes } from './app/call-outcomes.ts';
import { earlierResponses } from './app/earlier-responses.ts';
import { knownTools } from './app/known-tools.ts';
import { rememberedPrompts } from './app/prompts.ts';
import { sharedAnswers } from './app/shared-answers.ts';
import { teacher } from './app/teacher.ts';
import { turnPricing } from './app/turn-costs.ts';
import { turnRecorder } from './app/turn-recorder.ts';
import { config, upstreamsOf } from './config.ts';
import { dropInRoutes } from './http/drop-in.ts';

export const service = defineService({
  name: 'gateway',
  needs: [],
  config,
  async build(context) {
    const { config: settings, http, clock, newId, log, metrics: registry } = context;
    const store = ingestedDecisions(http);
    const spool = await turnSpool(context, store);
    const metrics = gatewayMetrics(registry, () => recorder.waiting());
    const tableOf = priceTables(http, { newId, now: () => performance.now() });
    const budgets = spendingBudgets({ report: toldSpending(http, newId), tableOf, clock });
    const recorder = turnRecorder({
      store,
      spool,
      price: turnPricing({ tableOf }),
      capacity: { turns: settings.queueTurns, bytes: settings.queueBytes },
      newId,
      log,
      onOutcome: (outcome, turns) => metrics.recorded(outcome, turns),
    });
    const outcomes = callOutcomes({
      report: ingestedOutcomes(http),
      isBehind: () => recorder.isBehind(),
      newId,
      now: () => performance.now(),
      onOutcome: (outcome) => metrics.reported(outcome),
    });
    const connections = upstreamConnections({
      timeoutMs: settings.upstreamTimeoutMs,
      connectTimeoutMs: settings.connectTimeoutMs,
    });
    const ask = teacher({
      upstreams: upstreamsOf(settings),
      call: (upstream, call) => connections.call(upstream, call),
      retries: settings.upstreamRetries,
      concurrency: settings.upstreamConcurrency,
      breaker: { failures: settings.breakerFailures, pauseMs: settings.breakerPauseMs },
      now: () => performance.now(),
      random: Math.random,
      onAttempt: (upstream, outcome) => metrics.attempted(upstream, outcome),
    });
    return {
      routes(app) {
        dropInRoutes(app, {
          student: servedStudent(http, (agent) => ownMember(settings.studentsByAgent, agent) ?? settings.student),
          teacher: sharedAnswers({
            ask,
            coalesced: settings.coalesce,
            cache: { ttlMs: settings.cacheTtlMs, bytes: settings.cacheBytes },
            now: () => performance.now(),
          }),
          prompts: rememberedPrompts(renderedPrompts(http), () => performance.now()),
          toolsOf: knownTools(),
          models: (call) => ask('', call),
          recorder,
          spending: budgets,
          responses: earlierResponses(recordedDecisions(http)),
          outcomes,
          largestRecorded: settings.largestRecorded,
          whenTeacherIsDown: (agent) =>
            ownMember(settings.whenTeacherIsDownByAgent, agent) ?? settings.whenTeacherIsDown,
          onAnswered: (provenance) => metrics.answered(provenance),
          clock,
          log,
          settings,
        });
      },
      loops: [recorder.loop, spool.loop, outcomes.loop, budgets.loop],
      close: async () => {
        await recorder.close();
        await budgets.close();
        await spool.close();
        await connections.close();
      },
    };
  },
});
