import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { classFile, zip } from "../workload/zip.ts";
import {
  type AppliedDocument,
  type Drawbridge,
  document,
  drawbridgeOver,
  type InspectionDocument,
  type PlanDocument,
} from "./drawbridge.ts";
import { compareTrees, type Lab, labOrSkip, openLab, type Server, snapshotTree, until } from "./harness/index.ts";

const reason = labOrSkip();
const note = reason === undefined ? "" : ` (skipped: ${reason})`;
const ids = ["service-user-account", "service-user-files", "service-user-unit"];
const only = ids.flatMap((id) => ["--control", id]);
/** The integration goes on writing its log while it is looked at. */
const moving = ["/var/lib/drawbridge", "/var/log/orders/orders.log"];

/** Stands for a Java virtual machine: needs its JAR and its configuration, and writes a line to its log every half second. */
const java = `#!/bin/sh
for file in /opt/orders/orders.jar $(echo "$BAL_CONFIG_FILES" | tr : ' '); do cat "$file" >/dev/null || exit 1; done
while :; do echo alive >>/var/log/orders/orders.log || exit 1; sleep 0.5; done
`;
const unit = `[Unit]
Description=Orders integration

[Service]
ExecStart=/usr/local/bin/java -Xmx64m -jar /opt/orders/orders.jar
Environment=BAL_CONFIG_FILES=/etc/orders/secrets.toml:/etc/orders/Config.toml
WorkingDirectory=/opt/orders
Restart=on-failure

[Install]
WantedBy=multi-user.target
`;

describe.skipIf(reason !== undefined).each(["bookworm", "trixie"] as const)(
  `an integration that runs as root on %s${note}`,
  (release) => {
    let lab: Lab;
    let server: Server;
    let before: Awaited<ReturnType<typeof snapshotTree>>;
    let applied: AppliedDocument;
    const cli: Drawbridge = (...words) => drawbridgeOver(lab, server)(...words);
    const sh = (text: string) => server.must(["sh", "-euc", text]);
    const verdicts = async () => {
      const { findings } = document<InspectionDocument>(await cli("inspect", "--format", "json", ...only));
      return Object.fromEntries(findings.map(({ controlId, result }) => [controlId, result]));
    };
    const all = (result: string) => Object.fromEntries(ids.map((id) => [id, result]));
    const owner = async () => (await sh("ps -o user= -p $(systemctl show -P MainPID orders.service)")).trim();
    const lines = async () => Number(await sh("wc -l </var/log/orders/orders.log"));
    const goesOnWriting = async () => {
      const now = await lines();
      await until("the integration writes to its log", async () => (await lines()) > now || undefined, {
        timeoutMs: 15_000,
      });
    };

    beforeAll(async () => {
      lab = await openLab();
      server = await lab.server({ release });
      await sh("mkdir -p /opt/orders/bin /etc/orders /var/log/orders");
      await server.writeFile("/usr/local/bin/java", java, { mode: "0755" });
      const jar = zip([{ name: "org/orders/0/$_init.class", content: classFile(65, []) }]);
      await server.writeFile("/opt/orders/orders.jar", jar.bytes, { mode: "0644" });
      await server.writeFile("/opt/orders/bin/tool.sh", "#!/bin/sh\n", { mode: "0777" });
      await server.writeFile("/etc/orders/Config.toml", "port = 9090\n", { mode: "0644" });
      await server.writeFile("/etc/orders/secrets.toml", 'password = "x"\n', { mode: "0666" });
      await server.writeFile("/etc/systemd/system/orders.service", unit, { mode: "0644" });
      await sh("systemctl daemon-reload; systemctl enable --now orders.service");
      await lab.client.ssh(server, "sudo -n true");
      await goesOnWriting();
      before = await snapshotTree(server.root, { exclude: moving });
    });
    afterAll(() => lab?.close());

    test("is found, and fails", async () => {
      expect(await owner()).toBe("root");
      expect(await verdicts()).toEqual(all("fail"));
    });

    test("gets an account of its own, and still works", async () => {
      const result = await cli("apply", "--recommended", "--yes", "--format", "json", ...only);
      expect(result.exitCode, result.stderr).toBe(0);
      applied = document<AppliedDocument>(result);
      expect(applied.state).toBe("confirmed");
      expect(await owner()).toBe("orders");
      await goesOnWriting();
      expect(await server.must(["systemctl", "--failed", "--no-legend", "--plain"])).toBe("");
    });

    test("reads its secrets, writes its logs, changes neither program nor configuration; others see nothing", async () => {
      const can = async (user: string, command: string) =>
        (await server.exec(["runuser", "-u", user, "--", "sh", "-c", command])).exitCode === 0;
      expect(await can("orders", "cat /etc/orders/secrets.toml /opt/orders/orders.jar")).toBe(true);
      expect(await can("orders", "/opt/orders/bin/tool.sh")).toBe(true);
      expect(await can("orders", ": >>/var/log/orders/orders.log")).toBe(true);
      expect(await can("orders", ": >>/etc/orders/secrets.toml")).toBe(false);
      expect(await can("orders", ": >>/opt/orders/orders.jar || : >/opt/orders/new")).toBe(false);
      expect(await can("op", "cat /etc/orders/Config.toml")).toBe(false);
      expect(await can("op", "ls /var/log/orders")).toBe(false);
      expect(await server.must(["getent", "passwd", "orders"])).toMatch(/:\/usr\/sbin\/nologin\n$/u);
      expect((await server.exec(["sudo", "-n", "-l", "-U", "orders"])).stdout).toContain("is not allowed to run sudo");
    });

    test("passes, and a second plan is empty", async () => {
      expect(await verdicts()).toEqual(all("pass"));
      const second = document<PlanDocument>(await cli("plan", "--recommended", "--format", "json", ...only));
      expect(second.changes).toEqual([]);
    });

    test("undo brings every byte, owner and mode back, and it runs as before", async () => {
      const result = await cli("undo", applied.transactionId, "--yes");
      expect(result.exitCode, result.stderr).toBe(0);
      expect(compareTrees(before, await snapshotTree(server.root, { exclude: moving }))).toEqual([]);
      expect(await owner()).toBe("root");
      await goesOnWriting();
    });

    test("one that does not survive the change is put back by itself", async () => {
      await sh("sed -i 's/^while/[ \"$(id -u)\" = 0 ] || exit 1; while/' /usr/local/bin/java");
      const result = await cli("apply", "--recommended", "--yes", "--format", "json", ...only);
      expect(result.exitCode).toBe(4);
      expect(document<AppliedDocument>(result).state).toBe("reverted");
      expect(await owner()).toBe("root");
      await goesOnWriting();
    });

    test("a name alone prepares account and folders for one to come", async () => {
      await sh(
        "systemctl disable --now orders.service; rm /etc/systemd/system/orders.service; systemctl daemon-reload",
      );
      const answer = ["--set", "service-user.name=integration"];
      const result = await cli("apply", "--recommended", "--yes", "--format", "json", ...answer, ...only);
      expect(result.exitCode, result.stderr).toBe(0);
      const stat = await server.must([
        "stat",
        "-c",
        "%a %U:%G",
        "/opt/integration",
        "/etc/integration",
        "/var/log/integration",
      ]);
      expect(stat).toBe("750 root:integration\n750 root:integration\n750 integration:integration\n");
      expect(document<PlanDocument>(await cli("plan", "--recommended", "--format", "json", ...only)).changes).toEqual(
        [],
      );
    });
  },
);
