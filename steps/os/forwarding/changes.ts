import { rootFolder } from "../../../src/core/root-folder.ts";
import { template } from "../../../src/embedded/templates.ts";
import { type Change, change } from "../../../src/model/change.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import {
  type Forwarding,
  forwardFile,
  testProgram,
  testService,
  uploadDropIn,
  uploadFile,
  uploadUnit,
} from "../../../src/probes/forwarding.ts";
import { forwardContent, uploadContent, uploadDropInContent } from "./content.ts";
import { method, receiverOf } from "./questions.ts";

export type OwnFile = {
  readonly path: string;
  readonly content: string;
  readonly mode: string;
  readonly title: string;
};

/** The files that the answers ask for, and none when they ask for nothing. */
export const wantedFiles = (answers: AnswerReader): readonly OwnFile[] => {
  const to = receiverOf(answers);
  if (to === undefined) return [];
  return answers.get(method) === "rsyslog"
    ? [
        {
          path: forwardFile,
          content: forwardContent(to, answers),
          mode: "0644",
          title: "rsyslog: send everything to the receiver",
        },
      ]
    : [
        {
          path: uploadFile,
          content: uploadContent(to, answers),
          mode: "0644",
          title: "The journal's way to the receiver",
        },
        {
          path: uploadDropIn,
          content: uploadDropInContent(answers),
          mode: "0644",
          title: "The uploader: its key, and patience",
        },
      ];
};

/** Files of the test record. */
export const testFiles: readonly OwnFile[] = [
  {
    path: testProgram,
    content: template("os/forwarding/forwarding-test"),
    mode: "0755",
    title: "Program that sends a test record",
  },
  {
    path: testService,
    content: template("etc/systemd/system/drawbridge-forwarding-test.service"),
    mode: "0644",
    title: "Its service",
  },
];

const root = { owner: "root", group: "root" } as const;
const common = { phase: "files", risk: "none" } as const;

export const folderOf = (path: string): string => path.slice(0, path.lastIndexOf("/"));

/** A folder that neither the machine nor a package of this plan brings. */
export const folderFor = (seen: Forwarding, path: string): readonly Change[] =>
  seen.folders.includes(path) ? [] : [rootFolder(`A folder: ${path}`, path)];

export const isWritten = (seen: Forwarding, { path, content, mode }: OwnFile): boolean => {
  const now = seen.files.get(path);
  return (
    now !== undefined && now.content === content && now.mode === mode && now.owner === "root" && now.group === "root"
  );
};

export const written = (
  seen: Forwarding,
  { path, content, mode, title }: OwnFile,
  verify: readonly string[][] = [],
): Change =>
  change({
    kind: "file",
    ...common,
    risk: "restart",
    title,
    path,
    before: seen.files.get(path) ?? null,
    after: { content, mode, ...root },
    verify: verify.map((words) => [...words]),
  });

/** Own files of the way that is not wanted any more: two ways would each send everything. */
export const leftOver = (seen: Forwarding, answers: AnswerReader): readonly string[] => {
  const wanted = wantedFiles(answers).map(({ path }) => path);
  return wanted.length === 0
    ? []
    : [forwardFile, uploadFile, uploadDropIn].filter((path) => seen.files.has(path) && !wanted.includes(path));
};

/** A unit that runs with new files, whether it ran before or not. */
export const running = (unit: string, active: boolean, title: string): Change =>
  change({ kind: "unit", phase: "services", risk: "restart", title, unit, action: active ? "restarted" : "active" });

export const uploaderAtBoot = `/usr/lib/systemd/system/${uploadUnit}`;
