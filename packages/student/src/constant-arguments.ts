import { canonicalJson, type JsonObject } from '@retort/kernel';
import { clopperPearsonLower } from '@retort/statistics';
import type { ArgumentLearner } from './arguments-port.ts';

/** Per tool, the arguments it was most often called with, and how often that was. */
type ConstantArguments = Record<string, { parameters: JsonObject; same: number; calls: number }>;

/** The simplest argument programs: a tool is called as it mostly was. */
export const constantArguments: ArgumentLearner<ConstantArguments> = {
  learn(decisions) {
    const counts = new Map<string, Map<string, { parameters: JsonObject; same: number }>>();
    for (const { call } of decisions) {
      if (call.tool === null) continue;
      const ofTool = counts.get(call.tool) ?? new Map<string, { parameters: JsonObject; same: number }>();
      const key = canonicalJson(call.parameters);
      ofTool.set(key, { parameters: call.parameters, same: (ofTool.get(key)?.same ?? 0) + 1 });
      counts.set(call.tool, ofTool);
    }
    return Object.fromEntries(
      [...counts].map(([tool, seen]) => {
        const most = [...seen.values()].reduce((best, next) => (next.same > best.same ? next : best));
        return [tool, { ...most, calls: [...seen.values()].reduce((sum, { same }) => sum + same, 0) }];
      }),
    );
  },
  compile: (programs) => ({
    predict(_request, tool) {
      const constant = Object.hasOwn(programs, tool) ? programs[tool] : undefined;
      if (!constant) return { parameters: {}, confidence: 0, complete: false };
      const lower = clopperPearsonLower({ successes: constant.same, trials: constant.calls }, 0.95);
      return { parameters: constant.parameters, confidence: constant.same / constant.calls, complete: lower >= 0.5 };
    },
  }),
  encode: (programs) => new Uint8Array(Buffer.from(JSON.stringify(programs), 'utf8')),
  decode: (bytes) => JSON.parse(Buffer.from(bytes).toString('utf8')) as ConstantArguments,
};
