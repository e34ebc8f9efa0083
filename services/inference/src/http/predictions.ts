import { predict, predictBatch, type PredictionView } from '@retort/contracts';
import { mount, verbatim, type InProcessRequest, type Routes } from '@retort/service-kit';
import { predict as answerOf, predictBatch as answersOf, type PredictPorts } from '../app/predict.ts';
import { checkBatch, checkPrediction } from './prediction-body.ts';

/** A batch is a thousand contexts. It is parsed as a whole: nothing else happens meanwhile. */
const batchBodyLimit = 4 * 1024 * 1024;
const batchBodyValues = 100_000;

/** The answers are made here from what the contract says: walking them through its schema once more on the way out
 *  would take longer than the prediction. */
export function predictionRoutes(app: Routes, ports: PredictPorts & { teacherConcurrency: number }): void {
  mount(
    app,
    predict,
    async ({ caller: { tenant, usage }, trace, body }) => {
      usage.take('predictions', 1);
      return verbatim(await answerOf(ports, { tenant, trace, input: body, at: '', counted: true }));
    },
    { check: checkPrediction },
  );
  mount(
    app,
    predictBatch,
    async ({ caller: { tenant, usage }, trace, body: { predictions, counted, novel_share } }) => {
      usage.take('predictions', predictions.length);
      const batch = predictions.map((input, index) => ({
        tenant,
        trace,
        input,
        at: `/predictions/${index}`,
        counted,
        ...(!counted && { novelShare: novel_share }),
      }));
      return verbatim({ predictions: await answersOf(ports, batch) });
    },
    { check: checkBatch, bodyLimit: batchBodyLimit, bodyValues: batchBodyValues },
  );
}

/** For services of the same process. What they send is checked as what comes over HTTP is. */
export function predictInProcess(ports: PredictPorts) {
  return ({ tenant, trace, body }: InProcessRequest<typeof predict>): Promise<PredictionView> => {
    const checked = checkPrediction(body);
    if ('error' in checked) throw checked.error;
    return answerOf(ports, { tenant, trace, input: checked.value, at: '', counted: true });
  };
}
