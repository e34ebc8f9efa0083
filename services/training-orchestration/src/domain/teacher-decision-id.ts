/** The id of the teacher's decision on a request that a student decided: asking twice records one decision. */
export const teacherDecisionId = (decisionId: string) => `${decisionId}.teacher`;
