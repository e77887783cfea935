/** Central logs (OS-07): both ways to a receiver of the lab's own, whose certificate may be wrong, and which may be away. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { template } from "../../src/embedded/templates.ts";
import {
  type AppliedDocument,
  type Drawbridge,
  document,
  drawbridgeOver,
  type InspectionDocument,
  type PlanDocument,
} from "./drawbridge.ts";
import {
  compareTrees,
  type Lab,
  labOrSkip,
  openLab,
  releases,
  type Server,
  snapshotTree,
  until,
} from "./harness/index.ts";

const reason = labOrSkip();

const step = ["--step", "forwarding"] as const;
const name = "logs.lab";
const snapshot = {
  paths: ["/etc", "/usr/local"],
  exclude: ["/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-"],
};

/** On the receiver: an authority, a good certificate, one with another name, one of a stranger's authority, and one for the sender. */
const pki = `set -eu
mkdir -p /root/pki && cd /root/pki
authority() { openssl req -x509 -newkey rsa:2048 -nodes -days 90 -subj "/CN=$1" -keyout "$1.key" -out "$1.pem" 2>/dev/null; }
signed() {
  openssl req -newkey rsa:2048 -nodes -subj "/CN=$2" -keyout "$3.key" -out "$3.csr" 2>/dev/null
  printf 'subjectAltName=DNS:%s\\nextendedKeyUsage=serverAuth,clientAuth\\n' "$2" > "$3.ext"
  openssl x509 -req -in "$3.csr" -CA "$1.pem" -CAkey "$1.key" -CAcreateserial -days 90 -extfile "$3.ext" -out "$3.pem" 2>/dev/null
}
authority ours
authority strangers
signed ours ${name} good
signed ours elsewhere.lab othername
signed strangers ${name} stranger
signed ours sender.lab sender
cp ours.pem /etc/ssl/certs/log-authority.pem
`;

type Way = {
  readonly method: "journal-upload" | "rsyslog";
  /** A certificate that must be refused, and what the finding says about it. */
  readonly wrong: { readonly certificate: string; readonly says: RegExp };
  /** Stops and starts listening. */
  readonly units: readonly string[];
  /** Prints the records of a tag that have arrived. */
  readonly arrived: (tag: string) => readonly string[];
};

const ways: readonly Way[] = [
  {
    method: "journal-upload",
    wrong: { certificate: "stranger", says: /SSL certificate problem/u },
    units: ["systemd-journal-remote.socket", "systemd-journal-remote.service"],
    arrived: (tag) => ["sh", "-c", `journalctl -q -D /var/log/journal/remote -t ${tag} -o cat | sort -u`],
  },
  {
    method: "rsyslog",
    wrong: { certificate: "othername", says: /not permitted/u },
    // Its socket would start it again.
    units: ["rsyslog.service", "syslog.socket"],
    arrived: (tag) => [
      "sh",
      "-c",
      `cat /var/log/remote/*/messages.log 2>/dev/null | grep -o '${tag}.*record [0-9]*' | grep -o 'record [0-9]*' | sort -u`,
    ],
  },
];

describe.skipIf(reason !== undefined).each([...releases])(
  `central logs on %s${reason ? ` (skipped: ${reason})` : ""}`,
  (release) => {
    let lab: Lab;
    let receiver: Server;
    let sender: Server;
    let cli: Drawbridge;

    const shows = async (certificate: string, { units }: Way) => {
      await receiver.exec(["systemctl", "stop", ...units]);
      await receiver.must([
        "sh",
        "-euc",
        `install -m 0644 /root/pki/$0.pem /etc/ssl/certs/log-receiver.pem; install -m 0640 -g systemd-journal-remote /root/pki/$0.key /etc/ssl/private/log-receiver.key; chmod 0711 /etc/ssl/private`,
        certificate,
      ]);
      await receiver.must(["systemctl", "start", units[0] as string]);
    };
    const findings = async () =>
      new Map(
        document<InspectionDocument>(await cli("inspect", ...step, "--format", "json")).findings.map((finding) => [
          finding.controlId,
          finding,
        ]),
      );
    const records = async (way: Way, tag: string) =>
      (await receiver.exec(way.arrived(tag))).stdout.split("\n").filter((text) => text.startsWith("record ")).length;

    beforeAll(async () => {
      lab = await openLab();
      receiver = await lab.server({ release, flavour: "receiver", name: "logs" });
      // The same packages: what is tried here is not their installation.
      sender = await lab.server({ release, flavour: "receiver", name: "sender" });
      cli = drawbridgeOver(lab, sender);
      await receiver.must(["sh", "-c", pki], { timeoutMs: 120_000 });
      await receiver.writeFile("/etc/rsyslog.d/10-receiver.conf", template("os/forwarding/receiver-rsyslog.conf"));
      await receiver.writeFile(
        "/etc/systemd/journal-remote.conf",
        template("os/forwarding/receiver-journal-remote.conf"),
      );
      await sender.must(["sh", "-c", 'echo "$0 $1" >> /etc/hosts', receiver.address, name]);
      const copy = async (from: string, to: string, mode: string) =>
        sender.writeFile(to, await receiver.readFile(`/root/pki/${from}`), { mode });
      await copy("ours.pem", "/etc/ssl/certs/log-authority.pem", "0644");
      await copy("sender.pem", "/etc/ssl/certs/log-sender.pem", "0644");
      await copy("sender.key", "/etc/ssl/private/log-sender.key", "0600");
    }, 400_000);
    afterAll(() => lab?.close());

    test.each(
      ways,
    )("$method: a wrong receiver is refused, the right one gets everything, also after an outage", async (way) => {
      const answers = {
        "forwarding.method": way.method,
        "forwarding.receiver": name,
        "forwarding.authority": "/etc/ssl/certs/log-authority.pem",
        "forwarding.certificate": "/etc/ssl/certs/log-sender.pem",
        "forwarding.key": "/etc/ssl/private/log-sender.key",
      };
      const given = Object.entries(answers).flatMap(([id, value]) => ["--set", `${id}=${value}`]);
      const apply = async () =>
        document<AppliedDocument>(await cli("apply", "--recommended", ...step, ...given, "--yes", "--format", "json"));
      const before = await snapshotTree(sender.root, snapshot);
      expect((await findings()).get("forwarding-central")).toMatchObject({ result: "fail", severity: "medium" });

      await shows(way.wrong.certificate, way);
      const refused = await apply();
      expect(refused).toMatchObject({ state: "reverted", reason: expect.stringContaining("forwarding-arrival") });
      expect(refused.reason).toMatch(way.wrong.says);
      expect(compareTrees(before, await snapshotTree(sender.root, snapshot))).toEqual([]);

      await shows("good", way);
      const applied = await apply();
      expect(applied, applied.reason).toMatchObject({ state: "confirmed" });
      await until(
        "that the test record has arrived",
        async () => ((await findings()).get("forwarding-arrival")?.result === "pass" ? true : undefined),
        { timeoutMs: 120_000 },
      );
      const after = await findings();
      const bad = [...after.values()].filter(({ result }) => result === "fail");
      expect(bad.filter(({ controlId }) => controlId !== "forwarding-queue")).toEqual([]);
      expect(document<PlanDocument>(await cli("plan", ...step, "--format", "json")).changes).toEqual([]);

      const log = (tag: string, count: number) =>
        sender.must([
          "sh",
          "-c",
          'for n in $(seq 1 "$1"); do echo "record $n"; done | logger -t "$0"',
          tag,
          String(count),
        ]);
      const all = (tag: string, count: number) =>
        until(`${count} records of ${tag}`, async () => ((await records(way, tag)) === count ? true : undefined), {
          timeoutMs: 180_000,
        });
      await log("calm", 20);
      await all("calm", 20);

      await receiver.must(["systemctl", "stop", ...way.units]);
      await log("storm", 500);
      await until(
        "that the outage is noticed",
        async () => ((await findings()).get("forwarding-arrival")?.result === "pass" ? undefined : true),
        { timeoutMs: 120_000 },
      );
      await receiver.must(["systemctl", "start", way.units[0] as string]);
      await all("storm", 500);

      const undone = await cli("undo", "--yes");
      expect(undone.exitCode, `${undone.stdout}${undone.stderr}`).toBe(0);
      expect(compareTrees(before, await snapshotTree(sender.root, snapshot))).toEqual([]);
    }, 600_000);
  },
);
