import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type AppliedDocument,
  type Drawbridge,
  document,
  drawbridgeOver,
  type InspectionDocument,
  type PlanDocument,
  wayIn,
} from "./drawbridge.ts";
import { compareTrees, type Lab, labOrSkip, openLab, type Server, snapshotTree } from "./harness/index.ts";

const reason = labOrSkip();
const note = reason === undefined ? "" : ` (skipped: ${reason})`;
const bookkeeping = ["/var/lib/drawbridge"];
const ids = ["administrator-account", "administrator-key", "administrator-sudo"];

const results = async (cli: Drawbridge) => {
  const { findings } = document<InspectionDocument>(await cli("inspect", "--format", "json"));
  return Object.fromEntries(
    findings.filter(({ controlId }) => ids.includes(controlId)).map(({ controlId, result }) => [controlId, result]),
  );
};
const all = (result: string) => Object.fromEntries(ids.map((id) => [id, result]));

describe.skipIf(reason !== undefined).each(["bookworm", "trixie"] as const)(
  `a new %s server where only root can log in${note}`,
  (release) => {
    let lab: Lab;
    let server: Server;
    let before: Awaited<ReturnType<typeof snapshotTree>>;
    let applied: AppliedDocument;
    const asRoot: Drawbridge = (...words) => drawbridgeOver(lab, server, { user: "root" })(...words);
    const asAdmin: Drawbridge = (...words) => drawbridgeOver(lab, server, { user: "admin", port: 22022 })(...words);

    beforeAll(async () => {
      lab = await openLab();
      server = await lab.server({ release, flavour: "rootonly" });
      await lab.client.ssh(server, "true", { user: "root" });
      before = await snapshotTree(server.root, { exclude: bookkeeping });
    });
    afterAll(() => lab?.close());

    test("has no administrator", async () => {
      expect(await results(asRoot)).toEqual(all("fail"));
    });

    test("gets one with root's keys, and proves it by a login before root is shut out", async () => {
      const result = await asRoot("apply", "--recommended", ...wayIn, "--yes", "--format", "json");
      expect(result.exitCode, result.stderr).toBe(0);
      applied = document<AppliedDocument>(result);
      expect(applied).toMatchObject({ state: "confirmed", sshPort: 22022 });
      const login = await lab.client.ssh(server, "sudo -n id -u", { user: "admin", port: 22022 });
      expect(login).toMatchObject({ exitCode: 0, stdout: "0\n" });
      expect((await lab.client.ssh(server, "true", { user: "root", port: 22022 })).exitCode).toBe(255);
    });

    test("has the account, the key and the rule with the right owners and modes", async () => {
      const stat = async (path: string) => (await server.must(["stat", "-c", "%a %U:%G", path])).trim();
      expect(await stat("/home/admin/.ssh")).toBe("700 admin:admin");
      expect(await stat("/home/admin/.ssh/authorized_keys")).toBe("600 admin:admin");
      expect(await stat("/etc/sudoers.d/zz-drawbridge-administrator")).toBe("440 root:root");
      expect(await server.must(["visudo", "-c"])).toContain("parsed OK");
    });

    test("passes, and a second plan is empty", async () => {
      expect(await results(asAdmin)).toEqual(all("pass"));
      expect(
        document<PlanDocument>(await asAdmin("plan", "--recommended", ...wayIn, "--format", "json")).changes,
      ).toEqual([]);
    });

    test("undo takes the account away again, byte for byte", async () => {
      const result = await asAdmin("undo", applied.transactionId, "--yes");
      expect(result.exitCode, result.stderr).toBe(0);
      expect(compareTrees(before, await snapshotTree(server.root, { exclude: bookkeeping }))).toEqual([]);
      expect((await lab.client.ssh(server, "true", { user: "root" })).exitCode).toBe(0);
    });
  },
);

/** How an administrator comes to be locked out, how the refusal names it, and whether `administrator.repair` mends it. */
const traps = [
  {
    name: "has no key",
    set: "mv /home/op/.ssh /home/op/away",
    reset: "mv /home/op/away /home/op/.ssh",
    says: "op has no key",
    remedy: "paste a public key of op as administrator.keys",
    repairable: false,
  },
  {
    name: "has a key file that anyone can write to",
    set: "chmod 666 /home/op/.ssh/authorized_keys",
    reset: "chmod 600 /home/op/.ssh/authorized_keys",
    says: "/home/op/.ssh/authorized_keys has mode 0666",
    remedy: "answer administrator.repair with yes",
    repairable: true,
  },
  {
    name: "has expired",
    set: "chage -E 2024-01-01 op",
    reset: "chage -E -1 op",
    says: "op expired on 2024-01-01",
    remedy: "answer administrator.repair with yes",
    repairable: true,
  },
  {
    name: "is unknown to sudo",
    set: "mv /etc/sudoers.d/op /root/op.sudoers && gpasswd -d op sudo",
    reset: "mv /root/op.sudoers /etc/sudoers.d/op && gpasswd -a op sudo",
    says: "op cannot become root: sudo does not know it",
    remedy: "answer administrator.repair with yes",
    repairable: true,
  },
  {
    name: "has no password for the sudo that asks for one",
    set: "mv /etc/sudoers.d/op /root/op.sudoers",
    reset: "mv /root/op.sudoers /etc/sudoers.d/op",
    says: "op cannot become root: sudo asks for a password, and it has none",
    remedy: "answer administrator.sudo with nopasswd",
    repairable: true,
  },
] as const;

describe.skipIf(reason !== undefined)(`an administrator who could not get in any more${note}`, () => {
  let lab: Lab;
  let server: Server;
  const asRoot: Drawbridge = (...words) => drawbridgeOver(lab, server, { user: "root" })(...words);
  const sh = (text: string) => server.must(["sh", "-euc", text]);

  beforeAll(async () => {
    lab = await openLab();
    server = await lab.server({ release: "bookworm", flavour: "fresh" });
    await lab.client.ssh(server, "sudo -n true");
    await lab.client.ssh(server, "true", { user: "root" });
  });
  afterAll(() => lab?.close());

  describe.each(traps)("$name", ({ set, reset, says, remedy, repairable }) => {
    let before: Awaited<ReturnType<typeof snapshotTree>>;
    beforeAll(async () => {
      await sh(set);
      before = await snapshotTree(server.root, { exclude: bookkeeping });
    });
    afterAll(() => sh(reset));

    test("is refused, told what would make it safe, and nothing changes", async () => {
      const result = await asRoot("apply", "--recommended", ...wayIn, "--yes");
      expect(result.exitCode).toBe(3);
      expect(result.stderr).toContain(says);
      expect(result.stderr).toContain(remedy);
      expect(compareTrees(before, await snapshotTree(server.root, { exclude: bookkeeping }))).toEqual([]);
    });

    if (!repairable) return;
    test("is let in again when that is the answer, and undone to the byte", async () => {
      const result = await asRoot(
        "apply",
        "--recommended",
        ...wayIn,
        "--yes",
        "--format",
        "json",
        "--set",
        "administrator.repair=yes",
        "--set",
        "administrator.sudo=nopasswd",
      );
      expect(result.exitCode, result.stderr).toBe(0);
      const { transactionId, state } = document<AppliedDocument>(result);
      expect(state).toBe("confirmed");
      expect(await lab.client.ssh(server, "sudo -n id -u", { port: 22022 })).toMatchObject({ stdout: "0\n" });
      const undone = await drawbridgeOver(lab, server, { port: 22022 })("undo", transactionId, "--yes");
      expect(undone.exitCode, undone.stderr).toBe(0);
      expect(compareTrees(before, await snapshotTree(server.root, { exclude: bookkeeping }))).toEqual([]);
    });
  });

  test("another key, pasted, is as good", async () => {
    await sh("mv /home/op/.ssh /home/op/away");
    const pair = await lab.keyPair("pasted", "ed25519");
    const result = await drawbridgeOver(lab, server, { user: "root" })(
      "plan",
      "--recommended",
      ...wayIn,
      "--format",
      "json",
      "--set",
      `administrator.keys=${pair.publicKey}`,
    );
    expect(result.exitCode, result.stderr).toBe(0);
    const titles = document<PlanDocument>(result).changes.map(({ title }) => title);
    expect(titles).toEqual(expect.arrayContaining(["A folder for the keys of op", "Give op a key"]));
    await sh("mv /home/op/away /home/op/.ssh");
  });
});
