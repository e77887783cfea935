export { flavours, rootPassword } from "./flavours.ts";
export type { FlavourName, Release } from "./flavours.ts";
export { openLab } from "./lab.ts";
export type { Lab, ServerOptions } from "./lab.ts";
export type { KeyPair, Outsider, SshOptions } from "./outside.ts";
export { labOrSkip, missingPrerequisites } from "./prerequisites.ts";
export { must, run, until } from "./run.ts";
export type { RunOptions, RunResult } from "./run.ts";
export type { ExecOptions, Server, WriteOptions } from "./server.ts";
