import { defineService } from '@retort/service-kit';
import { ingestedDecisions } from './adapters/decisions.ts';
import { servedStudent } from './adapters/predictions.ts';
import { upstreamConnections } from './adapters/upstream.ts';
import { gatewayMetrics } from './app/metrics.ts';
import { teacher } from './app/teacher.ts';
import { turnRecorder } from './app/turn-recorder.ts';
import { config, upstreamsOf } from './config.ts';
import { dropInRoutes } from './http/drop-in.ts';

export const service = defineService({
  name: 'gateway',
  needs: [],
  config,
  build({ config: settings, http, clock, newId, log, metrics: registry }) {
    const metrics = gatewayMetrics(registry, () => recorder.waiting());
    const recorder = turnRecorder({
      store: ingestedDecisions(http),
      capacity: { turns: settings.queueTurns, bytes: settings.queueBytes },
      newId,
      log,
      onOutcome: (outcome, turns) => metrics.recorded(outcome, turns),
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
          student: servedStudent(http, settings.student),
          teacher: ask,
          recorder,
          largestRecorded: settings.largestRecorded,
          whenTeacherIsDown: (agent) => settings.whenTeacherIsDownByAgent[agent] ?? settings.whenTeacherIsDown,
          onAnswered: (provenance) => metrics.answered(provenance),
          clock,
          newId,
          log,
          settings,
        });
      },
      loops: [recorder.loop],
      close: async () => {
        await recorder.close();
        await connections.close();
      },
    };
  },
});
