import { Counter, Gauge, type Registry } from 'prom-client';
import type { Provenance } from './answer-turn.ts';
import type { RecordingOutcome } from './turn-recorder.ts';

export interface GatewayMetrics {
  answered(provenance: Provenance): void;
  attempted(upstream: string, outcome: 'answered' | 'failed'): void;
  recorded(outcome: RecordingOutcome, turns: number): void;
  reported(outcome: 'recorded' | 'dropped'): void;
}

export function gatewayMetrics(registry: Registry, waiting: () => number): GatewayMetrics {
  const registers = [registry];
  const answers = new Counter({
    name: 'retort_gateway_answers_total',
    help: 'Answers by who gave them, and why it was not the student.',
    labelNames: ['served_by', 'reason'],
    registers,
  });
  const attempts = new Counter({
    name: 'retort_gateway_upstream_attempts_total',
    help: 'Calls to upstreams by outcome.',
    labelNames: ['upstream', 'outcome'],
    registers,
  });
  const turns = new Counter({
    name: 'retort_gateway_turns_total',
    help: 'Turns to be recorded, by what became of them.',
    labelNames: ['outcome'],
    registers,
  });
  const outcomes = new Counter({
    name: 'retort_gateway_outcomes_total',
    help: 'Outcomes of calls that requests told of, by what became of them.',
    labelNames: ['outcome'],
    registers,
  });
  new Gauge({
    name: 'retort_gateway_turns_waiting',
    help: 'Turns that wait in memory to be recorded.',
    registers,
    collect() {
      this.set(waiting());
    },
  });
  return {
    answered: ({ servedBy, reason }) => answers.inc({ served_by: servedBy, reason: reason ?? 'none' }),
    attempted: (upstream, outcome) => attempts.inc({ upstream, outcome }),
    reported: (outcome) => outcomes.inc({ outcome }),
    recorded: (outcome, count) => turns.inc({ outcome }, count),
  };
}
