import { predictionBatchInput, predictionBatchView, predictionInput, predictionView } from '@retort/contracts';
import type { Routes } from '@retort/service-kit';
import { predict, predictBatch, type PredictPorts } from '../app/predict.ts';
import { checkBatch, checkPrediction } from './prediction-body.ts';

const config = { scope: 'predictions:read' } as const;
/** A batch is a thousand contexts. */
const batchBodyLimit = 32 * 1024 * 1024;

/** The answers are made here from what the contract says: walking them through its schema once more on the way out
 *  would take longer than the prediction. */
const plainJson = (answer: unknown) => JSON.stringify(answer);

export function predictionRoutes(app: Routes, ports: PredictPorts & { teacherConcurrency: number }): void {
  app.post(
    '/api/v1/predictions',
    {
      config,
      validatorCompiler: () => checkPrediction,
      serializerCompiler: () => plainJson,
      schema: {
        summary: 'The call to make: the student’s where its promise holds, else the teacher’s',
        operationId: 'predict',
        body: predictionInput,
        response: { 200: predictionView },
      },
    },
    ({ caller: { tenant, usage }, trace, body }) => {
      usage.take('predictions', 1);
      return predict(ports, { tenant, trace, input: body, at: '', counted: true });
    },
  );
  app.post(
    '/api/v1/predictions::batch',
    {
      config,
      bodyLimit: batchBodyLimit,
      validatorCompiler: () => checkBatch,
      serializerCompiler: () => plainJson,
      schema: {
        summary: 'Many predictions, answered in order',
        operationId: 'predictBatch',
        body: predictionBatchInput,
        response: { 200: predictionBatchView },
      },
    },
    async ({ caller: { tenant, usage }, trace, body }) => {
      usage.take('predictions', body.predictions.length);
      const { counted } = body;
      const batch = body.predictions.map((input, index) => ({
        tenant,
        trace,
        input,
        at: `/predictions/${index}`,
        counted,
      }));
      return { predictions: await predictBatch(ports, batch) };
    },
  );
}
