import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type AppliedDocument,
  type Drawbridge,
  document,
  drawbridgeOver,
  type InspectionDocument,
  type PlanDocument,
  unitsOf,
  wayIn,
} from "./drawbridge.ts";
import {
  compareTrees,
  compareUnits,
  type Lab,
  labOrSkip,
  type Outsider,
  openLab,
  rootPassword,
  type Server,
  snapshotFirewall,
  snapshotTree,
} from "./harness/index.ts";
import { sshAuditComplaints } from "./ssh-audit.ts";

const reason = labOrSkip();

/** What apply and undo may leave on the disk, and why it is not part of the promise. */
const bookkeeping = [
  // The transactions themselves: originals, journal, and the proof that everything went back.
  "/var/lib/drawbridge",
];

describe.skipIf(reason !== undefined).each(["bookworm", "trixie"] as const)(
  `apply --recommended on a fresh %s${reason ? ` (skipped: ${reason})` : ""}`,
  (release) => {
    let lab: Lab;
    let server: Server;
    let stranger: Outsider;
    let before: {
      tree: Awaited<ReturnType<typeof snapshotTree>>;
      units: Awaited<ReturnType<typeof unitsOf>>;
      firewall: string;
    };
    let cli: Drawbridge;
    let applied: AppliedDocument;
    /** The server's administrator after the change, on the new port. */
    const admin = () => drawbridgeOver(lab, server, { port: 22022 });
    const clusterPort = 7800;
    const openPorts = async (from: Outsider, address: string, ...more: string[]) => {
      const { stdout } = await from.exec([
        "nmap",
        "-Pn",
        "-n",
        "-T4",
        "-p",
        "22,80,7800,9090,22022",
        "--open",
        "-oG",
        "-",
        ...more,
        address,
      ]);
      return [...stdout.matchAll(/(\d+)\/open/gu)].map(([, port]) => Number(port));
    };
    const listen = (port: number) =>
      server.must([
        "systemd-run",
        `--unit=listener-${port}`,
        "--quiet",
        "perl",
        "-MIO::Socket::IP",
        "-e",
        `my $s = IO::Socket::IP->new(LocalPort => ${port}, LocalHost => "::", V6Only => 0, Listen => 5, ReuseAddr => 1) or die; while (my $c = $s->accept) { close $c }`,
      ]);

    beforeAll(async () => {
      lab = await openLab();
      server = await lab.server({ release });
      stranger = await lab.stranger();
      cli = drawbridgeOver(lab, server);
      await listen(clusterPort);
      await listen(9090);
      // The first login of an account and the first inspection leave their own marks; they are not the apply's.
      await lab.client.ssh(server, "sudo -n true");
      before = {
        tree: await snapshotTree(server.root, { exclude: bookkeeping }),
        units: await unitsOf(server),
        firewall: await snapshotFirewall(server),
      };
    });

    afterAll(() => lab?.close());

    test("before: root and passwords get in, every port is open, inspection says so", async () => {
      expect(await openPorts(stranger, server.address)).toEqual([22, 7800, 9090]);
      const result = await cli("inspect", "--format", "json");
      expect(result.exitCode).toBe(1);
      const { findings } = document<InspectionDocument>(result);
      const failing = findings.filter((finding) => finding.result === "fail").map(({ controlId }) => controlId);
      expect(failing).toEqual(
        expect.arrayContaining([
          "ssh-port",
          "ssh-root-login",
          "ssh-password-authentication",
          "firewall-inbound-default-deny",
        ]),
      );
      expect(findings.filter(({ result: word }) => word === "error")).toEqual([]);
    });

    test("inspect and plan change nothing", async () => {
      expect((await cli("plan", "--recommended", ...wayIn)).exitCode).toBe(0);
      expect(compareTrees(before.tree, await snapshotTree(server.root, { exclude: bookkeeping }))).toEqual([]);
    });

    test("apply confirms itself through a fresh login on the new port", async () => {
      const result = await cli(
        "apply",
        "--recommended",
        ...wayIn,
        "--yes",
        "--format",
        "json",
        "--set",
        `firewall.peers=${lab.client.address}`,
        "--set",
        `firewall.peer-ports=${clusterPort}/tcp`,
        "--set",
        "firewall.public=9090/tcp",
        "--set",
        `open-ports.allowed=${clusterPort}/tcp,9090/tcp`,
      );
      expect(result.exitCode, result.stderr).toBe(0);
      applied = document<AppliedDocument>(result);
      expect(applied).toMatchObject({ state: "confirmed", sshPort: 22022 });
      expect(applied.verified.filter(({ result: word }) => word === "fail" || word === "error")).toEqual([]);
    });

    const holds = () => {
      test("the administrator gets in on the new port and becomes root", async () => {
        expect(await lab.client.ssh(server, "sudo -n id -u", { port: 22022 })).toMatchObject({
          exitCode: 0,
          stdout: "0\n",
        });
      });

      test("root, passwords and the old port are refused", async () => {
        expect((await lab.client.ssh(server, "true", { user: "root", port: 22022 })).exitCode).toBe(255);
        expect((await lab.client.ssh(server, "true", { port: 22 })).exitCode).toBe(255);
        const methods = await lab.client.exec([
          "ssh",
          "-v",
          "-o",
          "BatchMode=yes",
          "-o",
          "PubkeyAuthentication=no",
          "-o",
          "StrictHostKeyChecking=no",
          "-o",
          "UserKnownHostsFile=/dev/null",
          "-p",
          "22022",
          `root@${server.address}`,
          "true",
        ]);
        expect(methods.exitCode).toBe(255);
        expect(methods.stderr).toMatch(/Authentications that can continue: publickey\r?\n/u);
        expect(methods.stderr).not.toContain(rootPassword.repeat(9));
      });

      test("a stranger sees only what was allowed, a named peer reaches the cluster port; IPv4 and IPv6", async () => {
        expect(await openPorts(stranger, server.address)).toEqual([9090, 22022]);
        expect(await openPorts(stranger, server.addressV6, "-6")).toEqual([9090, 22022]);
        expect(await openPorts(lab.client, server.address)).toEqual([7800, 9090, 22022]);
      });

      test("no unit has failed, and a second plan is empty", async () => {
        expect(await server.must(["systemctl", "--failed", "--no-legend", "--plain"])).toBe("");
        expect(
          document<PlanDocument>(await admin()("plan", "--recommended", ...wayIn, "--format", "json")).changes,
        ).toEqual([]);
      });
    };

    describe("afterwards", holds);

    test("ssh-audit reports no fail and no warn", async () => {
      expect(await sshAuditComplaints(lab, await lab.stranger(), server, 22022)).toEqual([]);
    });

    test("it survives a reboot", async () => {
      await server.reboot();
      await server.waitForSsh(22022);
      await listen(clusterPort);
      await listen(9090);
    });

    describe("after the reboot", holds);

    test("undo brings every byte, unit and rule back", async () => {
      const result = await admin()("undo", applied.transactionId, "--yes");
      expect(result.exitCode, result.stderr).toBe(0);
      expect(compareTrees(before.tree, await snapshotTree(server.root, { exclude: bookkeeping }))).toEqual([]);
      expect(compareUnits(before.units, await unitsOf(server))).toEqual([]);
      expect(await snapshotFirewall(server)).toBe(before.firewall);
      expect((await lab.client.ssh(server, "true", { user: "root" })).exitCode).toBe(0);
      expect(await openPorts(stranger, server.address)).toEqual([22, 7800, 9090]);
    });
  },
);
