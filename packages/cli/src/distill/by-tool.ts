import type { EvaluationSample } from '@retort/contracts';

/** What the test rows say of one of the teacher's tools. */
export interface ToolFigures {
  tool: string;
  /** Test rows in which the teacher called it first. */
  turns: number;
  /** Of these, how many the student answered as the teacher did, whole. */
  same_calls: number;
  /** How many it served, and how many of those it answered as the teacher did. */
  served: number;
  served_same_calls: number;
}

/** The teacher's tools, the most frequent first. */
export function figuresByTool(samples: readonly EvaluationSample[]): ToolFigures[] {
  const tools = new Map<string, ToolFigures>();
  for (const { learnt, teacher, verdict, served_by } of samples) {
    const tool = teacher.tool_selected;
    // Words are nothing that a student could serve; a row that it learnt from is in no figure.
    if (learnt || tool === null) continue;
    const figures = tools.get(tool) ?? { tool, turns: 0, same_calls: 0, served: 0, served_same_calls: 0 };
    const same = verdict === 'same-call' ? 1 : 0;
    const served = served_by === 'student' ? 1 : 0;
    figures.turns++;
    figures.same_calls += same;
    figures.served += served;
    figures.served_same_calls += same * served;
    tools.set(tool, figures);
  }
  return [...tools.values()].sort((a, b) => b.turns - a.turns || (a.tool < b.tool ? -1 : 1));
}
