import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { files, type Mount } from "../../../src/probes/files.ts";
import { saves } from "./judging.ts";
import { backupRepository } from "./questions.ts";

const remote = /^(?:nfs4?|cifs|smb3|fuse\.(?:sshfs|s3fs|rclone|glusterfs)|glusterfs|ceph|9p|davfs)$/u;
const thisMachine = /^(?:localhost|127\.|::1)/u;

/** Server that an address names, without user, port and path; undefined for a folder. */
const serverOf = (repository: string): string | undefined =>
  /^(?:sftp:(?:\/\/)?|rest:https?:\/\/|s3:(?:https?:\/\/)?)(?:[^@/]*@)?(?:\[([^\]]+)\]|([^:/]+))/u
    .exec(repository)
    ?.slice(1)
    .find((name) => name !== undefined);

const mountOf = (mounts: readonly Mount[], path: string): Mount | undefined =>
  mounts
    .filter(({ target }) => target === "/" || path === target || path.startsWith(`${target}/`))
    .toSorted((a, b) => b.target.length - a.target.length)[0];

/** NIST CP-6, CP-9(3): a backup beside what it saves burns with it. */
export const backupsOffHost = control({
  id: "backups-off-host",
  guideline: ["OS-08"],
  title: "Backups lie on another machine",
  failing: "Backups lie on this very machine",
  severity: "medium",
  risk: "none",
  rationale:
    "A disk that fails, a fire or somebody with root's rights takes the backup together with what it saves. Another machine, and best one that lets this one only add, keeps it.",
  references: [
    { source: "NIST 800-53", id: "CP-6" },
    { source: "NIST 800-53", id: "CP-9(3)" },
  ],
  needs: { seen: files },
  applies: saves,
  inspect: ({ seen }, answers) => {
    const repository = answers.get(backupRepository);
    const server = serverOf(repository);
    if (server !== undefined) {
      const evidence = [{ asked: "backups.repository", answered: repository }];
      return thisMachine.test(server) ? fail(`${server} is this machine`, evidence) : pass(evidence, server);
    }
    const mount = mountOf(seen.mounts, repository);
    const evidence = [
      {
        asked: `findmnt --target ${repository}`,
        answered: mount === undefined ? "nothing" : `${mount.source} on ${mount.target}, ${mount.type}`,
      },
    ];
    return mount !== undefined && remote.test(mount.type)
      ? pass(evidence, mount.source)
      : fail(
          `${repository} is on a disk of this machine: name another, or wait until a share is mounted there`,
          evidence,
        );
  },
  plan: () => [],
});
