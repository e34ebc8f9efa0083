export { toolSchemas, type ToolSchemas } from './tool-schemas.ts';
export type { Check, Objection, ToolSchema } from './tool-schema.ts';
