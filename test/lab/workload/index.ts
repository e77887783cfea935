export type { Integration, IntegrationWish, Unit } from "./integration.ts";
export { installIntegration, listening, manyIntegrations, smallJvm, unitText } from "./integration.ts";
export { jarOf } from "./jar.ts";
export { type FoundMark, findMarks, mark, marksIn } from "./marks.ts";
export type { Distribution, Program } from "./program.ts";
export { defaultProgram, schemaOf } from "./program.ts";
export type { Counts, RequestCounter } from "./request-counter.ts";
export { requestCounter } from "./request-counter.ts";
export { type WorstIntegration, worstIntegration } from "./worst.ts";
