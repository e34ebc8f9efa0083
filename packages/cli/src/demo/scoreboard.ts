import { guaranteeInWords, type AgreementReport, type CostRow, type Guarantee, type Measured } from '@retort/contracts';
import { count, percent } from '../terminal/format.ts';
import { rateBar, report } from '../terminal/report.ts';

/** What `retort demo --json` prints. Every figure was measured in this run, on simulated traffic. */
export interface Scoreboard {
  simulated: true;
  seed: number;
  decisions: number;
  curated_rows: number;
  deduplication_rate: number;
  conflicts: number;
  tools: number;
  model_version: string | null;
  deployed: boolean;
  refused: readonly { code: string; message: string }[];
  guarantee: Guarantee | null;
  train_seconds: number | null;
  /** On decisions that the student has not seen. */
  agreement: AgreementReport | null;
  /** Of the requests that agents put to Retort after the deployment. */
  teacher_calls_avoided: Measured | null;
  /** What those requests cost and saved, at the prices that the ledger names. */
  ledger: CostRow | null;
  predictions_per_second: number | null;
  seconds: number;
}

export function describeScoreboard(board: Scoreboard): string {
  const { guarantee, agreement } = board;
  const fresh = agreement ? `on ${count(agreement.decisions)} decisions it never saw, with 95% intervals` : '–';
  return report('Scoreboard, on simulated traffic: fifteen UltraCore agents and their teacher', [
    [
      ['decisions', count(board.decisions)],
      [
        'curated rows',
        `${count(board.curated_rows)} (${percent(board.deduplication_rate)} duplicates, ${count(board.conflicts)} conflicts)`,
      ],
      ['tools', count(board.tools)],
      ['student', board.deployed ? `${board.model_version}, deployed` : 'not deployed'],
      ...board.refused.map((reason) => ['refused', reason.message] as const),
    ],
    [
      ['measured', fresh],
      ['tool agreement', rateBar(agreement?.tool_agreement)],
      ['call agreement', rateBar(agreement?.call_agreement)],
      ['coverage', rateBar(agreement?.coverage)],
      ['served call agreement', rateBar(agreement?.served_call_agreement)],
    ],
    [
      [
        'threshold',
        typeof guarantee?.threshold !== 'number'
          ? '–'
          : `${guarantee.threshold.toFixed(3)}: the confidence from which the student answers; it moves with the share of requests never seen`,
      ],
      ['what it guarantees', guarantee ? guaranteeInWords(guarantee) : 'nothing: all decisions go to the teacher'],
    ],
    [
      ['teacher calls avoided', rateBar(board.teacher_calls_avoided)],
      ...(board.ledger ? ledgerLines(board.ledger) : []),
      [
        'predictions/s',
        board.predictions_per_second === null ? '–' : `${count(board.predictions_per_second)} over HTTP`,
      ],
      ['from start to here', `${board.seconds.toFixed(0)} s`],
    ],
  ]);
}

function ledgerLines({ teacher, avoided, student, audits, net, saved_share, currency }: CostRow): [string, string][] {
  const money = (amount: number) => `${amount.toFixed(4)} ${currency}`;
  const isDefault = teacher.at_default_prices + avoided.at_default_prices > 0;
  const share = saved_share === null ? '' : `, ${percent(saved_share)} of what it would have cost`;
  return [
    ['teacher, of those', `${money(teacher.amount)} for ${count(teacher.turns)} turns`],
    ['avoided', `${money(avoided.amount)} for ${count(avoided.turns)} turns`],
    ['student and audits', `${money(student.amount)} and ${money(audits.amount)}`],
    ['saved', `${money(net)}${share}${isDefault ? ', at default prices' : ''}`],
  ];
}
