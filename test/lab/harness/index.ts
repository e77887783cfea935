export type { EnterOptions } from "./container.ts";
export type { FlavourName, Release } from "./flavours.ts";
export { flavours, releases, rootPassword } from "./flavours.ts";
export type { Lab, ServerOptions } from "./lab.ts";
export { openLab } from "./lab.ts";
export type { KeyPair, Outsider, SshOptions } from "./outside.ts";
export { labOrSkip, missingPrerequisites } from "./prerequisites.ts";
export type { RunOptions, RunResult } from "./run.ts";
export { must, run, until } from "./run.ts";
export type { ExecOptions, Server, WriteOptions } from "./server.ts";
export type { Tree, TreeEntry, TreeOptions, Units } from "./snapshot.ts";
export {
  compareTrees,
  compareUnits,
  movesByItself,
  snapshotFirewall,
  snapshotTree,
  snapshotUnits,
} from "./snapshot.ts";
