import { describe, expect, it } from "vitest";
import { answerReader } from "../../../../src/core/answers.ts";
import { known, unknown } from "../../../../src/model/fact.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import { accounts } from "../../../../src/probes/accounts.ts";
import { type Listener, listeners } from "../../../../src/probes/listeners.ts";
import { workload } from "../../../../src/probes/workload.ts";
import { serviceUser } from "../../../../steps/os/service-user/index.ts";
import { captured, factsOf, parsed, problemsOf, settle } from "../../settle.ts";

const fresh = captured("accounts", "debian-12-fresh");
const withOrders = captured("accounts", "debian-12-orders");
const asRoot = captured("workload", "debian-12-orders-as-root");
const asOrders = captured("workload", "debian-12-orders-as-orders");
const nothing = captured("workload", "debian-13-nothing");

const facts = (people: string, services: string, sockets: readonly Listener[] = []) =>
  factsOf([accounts, parsed(accounts, people)], [workload, parsed(workload, services)], [listeners, known(sockets)]);
const run = (people: string, services: string, given: Answers = {}, sockets: readonly Listener[] = []) =>
  settle([serviceUser], facts(people, services, sockets), given);

const ids = ["service-user-account", "service-user-files", "service-user-unit"];
const all = (result: string) => Object.fromEntries(ids.map((id) => [id, result]));

describe("an integration that runs as root", () => {
  const { results, details, changes, answers } = run(fresh, asRoot);

  it("fails in all three", () => {
    expect(results).toEqual(all("fail"));
    expect(details).toMatchObject({
      "service-user-account": "there is no account orders yet",
      "service-user-unit": "orders.service runs as root",
    });
  });

  it("proposes what the machine shows", () => {
    expect(answers).toEqual({
      "service-user.unit": ["orders.service"],
      "service-user.name": "orders",
      "service-user.application": ["/opt/orders"],
      "service-user.configuration": ["/etc/orders"],
      "service-user.logs": ["/var/log/orders", "/opt/orders/data"],
    });
  });

  it("may write where files are much younger than the JAR, whoever started it last", () => {
    const restarted = asRoot.replace(/ExecMainStartTimestamp=@\d+/u, "ExecMainStartTimestamp=@2000000000");
    const logs = (text: string) => run(fresh, text).answers["service-user.logs"];
    expect(logs(restarted)).toEqual(["/var/log/orders"]);
    const yesterday = restarted.replace(
      /\|\d+(\|regular file\|644\|root\|root\|0\|0\|\/opt\/orders\/orders\.jar)/u,
      "|1700000000$1",
    );
    expect(logs(yesterday)).toEqual(["/var/log/orders", "/opt/orders/data", "/opt/orders/lib"]);
  });

  it("gets a system account that nobody can log in with", () => {
    expect(changes.find(({ kind }) => kind === "user")).toMatchObject({
      name: "orders",
      create: { system: true, createHome: false, shell: "/usr/sbin/nologin" },
      phase: "accounts",
    });
  });

  it.each(["service-user-files", "service-user-unit"])("gets that account first where %s is taken alone", (id) => {
    const alone = { ...serviceUser, controls: serviceUser.controls.filter((control) => control.id === id) };
    const made = settle([alone], facts(fresh, asRoot)).changes;
    const creation = made.findIndex(({ kind }) => kind === "user");
    expect(made[creation]).toMatchObject({ name: "orders", create: { system: true }, because: [id] });
    const given = made.findIndex(
      (one) => (one.kind === "permissions" && one.after.group === "orders") || one.kind === "unit",
    );
    expect(creation).toBeLessThan(given);
  });

  it("may read and run the program, read the configuration, write logs and data", () => {
    const modes = Object.fromEntries(
      changes.flatMap((made) =>
        made.kind === "permissions" ? [[made.path, `${made.after.mode} ${made.after.owner}:${made.after.group}`]] : [],
      ),
    );
    expect(modes).toEqual({
      "/opt/orders": "0750 root:orders",
      "/opt/orders/orders.jar": "0640 root:orders",
      "/opt/orders/bin": "0750 root:orders",
      "/opt/orders/bin/run.sh": "0750 root:orders",
      "/opt/orders/lib": "0750 root:orders",
      "/opt/orders/lib/with space|and bar": "0640 root:orders",
      "/opt/orders/data": "0750 orders:orders",
      "/opt/orders/data/store.db": "0640 orders:orders",
      "/etc/orders": "0750 root:orders",
      "/etc/orders/Config.toml": "0640 root:orders",
      "/etc/orders/secrets.toml": "0640 root:orders",
      "/var/log/orders": "0750 orders:orders",
      "/var/log/orders/orders.log": "0640 orders:orders",
    });
  });

  it("is restarted once, under its own account, after everything else", () => {
    const folder = { kind: "directory", path: "/etc/systemd/system/orders.service.d" };
    expect(changes).toContainEqual(expect.objectContaining(folder));
    expect(changes.slice(-2)).toMatchObject([
      {
        kind: "file",
        path: "/etc/systemd/system/orders.service.d/zz-drawbridge-user.conf",
        risk: "restart",
        after: { content: expect.stringContaining("[Service]\nUser=orders\nGroup=orders\n"), mode: "0644" },
        checks: [{ argv: ["systemd-analyze", "verify", "--man=no", "@files/check-orders.service"] }],
      },
      { kind: "unit", unit: "orders.service", action: "restarted", risk: "restart" },
    ]);
  });

  it("keeps the one right that a low port needs", () => {
    const socket: Listener = {
      transport: "tcp",
      address: "0.0.0.0",
      device: "",
      port: 443,
      families: [4],
      reach: "any",
      processes: [{ pid: 1, name: "java", user: "root", uid: 0, unit: "orders.service", executable: "/usr/bin/java" }],
    };
    const { changes: made } = run(fresh, asRoot, {}, [socket]);
    const dropIn = made.find(({ kind, phase }) => kind === "file" && phase === "services");
    expect(dropIn).toMatchObject({
      after: { content: expect.stringContaining("\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n") },
    });
  });

  it("is not restarted when it does not run", () => {
    const stopped = asRoot.replace("ActiveState=active\nSubState=running", "ActiveState=inactive\nSubState=dead");
    expect(run(fresh, stopped).changes.some(({ kind }) => kind === "unit")).toBe(false);
  });
});

describe("an integration under its own account", () => {
  it("passes and plans nothing, with and without the recorded answers", () => {
    const first = run(fresh, asRoot).answers;
    for (const given of [{}, first]) {
      const { results, changes } = run(withOrders, asOrders, given);
      expect(results).toEqual(all("pass"));
      expect(changes).toEqual([]);
    }
  });

  it("fails when the account can do more", () => {
    const more = withOrders
      .replace(/^(orders:x:.*:)\/usr\/sbin\/nologin$/mu, "$1/bin/bash")
      .replace(/^orders:locked:/mu, "orders:usable:")
      .replace("sudo:x:27:op", "sudo:x:27:op,orders");
    const { details, changes } = run(more, asOrders);
    expect(details["service-user-account"]).toBe(
      "orders: its shell /bin/bash lets it log in, it has a password, group sudo is as good as root",
    );
    expect(changes).toMatchObject([
      {
        kind: "user",
        name: "orders",
        shell: "/usr/sbin/nologin",
        lockPassword: true,
        removeGroups: ["sudo"],
        risk: "lockout",
      },
    ]);
  });

  it("is told by hand when sudoers names it", () => {
    const allowed = asOrders.replace(
      /@rights orders\n.*\n/u,
      "@rights orders\nUser orders may run the following commands on host:\n    (root) NOPASSWD: /usr/bin/systemctl\n",
    );
    const { details, changes } = run(withOrders, allowed);
    expect(details["service-user-account"]).toContain("take its name out of /etc/sudoers");
    expect(changes).toEqual([]);
  });

  it("fails while the old process still runs, or the new one does not", () => {
    const old = asOrders.replace("user orders", "user root");
    expect(run(withOrders, old).details["service-user-unit"]).toBe(
      "orders.service still runs as root: it needs a restart",
    );
    const looping = asOrders
      .replace(/^@now .*$/mu, "@now 1795337300")
      .replace("NRestarts=0", "NRestarts=3")
      .replace(/ExecMainStartTimestamp=@\d+/u, "ExecMainStartTimestamp=@1795337290");
    expect(run(withOrders, looping).details["service-user-unit"]).toContain("started again 3 times by itself");
    const long = looping.replace("@now 1795337300", "@now 1795339999");
    expect(run(withOrders, long).results["service-user-unit"]).toBe("pass");
    const crashing = asOrders.replace("SubState=running", "SubState=auto-restart");
    expect(run(withOrders, crashing).details["service-user-unit"]).toBe("orders.service does not run: auto-restart");
  });

  it("fails when a secret can be read by others", () => {
    const open = asOrders.replace(/640(\|root\|orders\|\d+\|\d+\|\/etc\/orders\/secrets\.toml)/u, "644$1");
    const { results, changes } = run(withOrders, open);
    expect(results).toEqual({ ...all("pass"), "service-user-files": "fail" });
    expect(changes).toMatchObject([{ kind: "permissions", path: "/etc/orders/secrets.toml", after: { mode: "0640" } }]);
  });

  it("narrower than the matrix is as good", () => {
    const narrow = asOrders.replace(/640(\|root\|orders\|\d+\|\d+\|\/etc\/orders\/secrets\.toml)/u, "440$1");
    expect(run(withOrders, narrow).results["service-user-files"]).toBe("pass");
  });
});

describe("what must not be done halfway", () => {
  it("a file with a second name stops files and unit, and is named", () => {
    const linked = asRoot.replace(/^1(\|.*\/opt\/orders\/orders\.jar)$/mu, "2$1");
    const { changes, details } = run(fresh, linked);
    expect(changes.map(({ kind }) => kind)).toEqual(["user"]);
    expect(details["service-user-files"]).toContain("/opt/orders/orders.jar has a second name (hard link)");
    expect(details["service-user-unit"]).toContain("and not yet as orders");
  });

  it("a program in someone's home stays where it is until it is moved", () => {
    const home = asRoot.replaceAll("/opt/orders", "/home/op/orders");
    const { changes, details, answers } = run(fresh, home);
    expect(details["service-user-unit"]).toContain("lies in the home folder /home/op");
    expect(changes.some(({ phase }) => phase === "services")).toBe(false);
    expect(answers["service-user.name"]).toBe("orders");
  });

  it("a folder above that is closed stops the unit", () => {
    const closed = asRoot.replace("directory|755|root|root|0|0|/opt\n", "directory|700|op|op|1000|1000|/opt\n");
    expect(run(fresh, closed).details["service-user-unit"]).toContain("nobody but op may pass /opt (mode 0700)");
  });

  it("a person's account does not become the service's", () => {
    const asOp = asRoot.replace("User=\n", "User=op\n").replace("user root", "user op");
    const { answers } = run(fresh, asOp);
    expect(answers["service-user.name"]).toBe("orders");
  });
});

describe("an account made by hand, with a shell, that the unit runs as", () => {
  const shelled = withOrders.replace(/^(orders:x:)\d+(:.*:)\/usr\/sbin\/nologin$/mu, "$11001$2/bin/bash");

  it("is not proposed: it might be a person's", () => {
    expect(run(shelled, asOrders).answers["service-user.name"]).toBe("orders-svc");
  });

  it("is taken when it is named, and loses its shell", () => {
    const given = { "service-user.name": "orders" };
    expect(problemsOf([serviceUser], facts(shelled, asOrders), given)).toEqual([]);
    expect(run(shelled, asOrders, given).changes).toMatchObject([{ kind: "user", shell: "/usr/sbin/nologin" }]);
  });

  it("is refused while someone is logged in with it", () => {
    const busy = shelled.replace("@who\n", "@who\norders  pts/1  2026-11-22 09:00 (10.0.0.7)\n");
    const [problem] = problemsOf([serviceUser], facts(busy, asOrders), { "service-user.name": "orders" });
    expect(problem).toContain("orders is an account that someone logs in with");
  });
});

describe("no integration yet", () => {
  it("does not apply, and says what to do", () => {
    const { results, details, changes, answers } = run(fresh, nothing);
    expect(results).toEqual(all("notapplicable"));
    expect(details["service-user-account"]).toBe(
      "no integration runs here yet: answer service-user.name to prepare an account and folders for one",
    );
    expect(changes).toEqual([]);
    expect(answers).toEqual({ "service-user.name": "" });
  });

  it("a name prepares the account and its folders", () => {
    const { changes, results } = run(fresh, nothing, { "service-user.name": "integration" });
    expect(results["service-user-unit"]).toBe("notapplicable");
    expect(changes).toMatchObject([
      { kind: "user", name: "integration" },
      { kind: "directory", path: "/opt/integration", after: { mode: "0750", owner: "root", group: "integration" } },
      { kind: "directory", path: "/etc/integration", after: { mode: "0750", owner: "root", group: "integration" } },
      { kind: "directory", path: "/var/log/integration", after: { mode: "0750", owner: "integration" } },
    ]);
  });

  it("Java that is no integration is left alone", () => {
    const other = asRoot.replaceAll("ballerina yes", "ballerina no");
    const { results, details } = run(fresh, other);
    expect(results).toEqual(all("notapplicable"));
    expect(details["service-user-unit"]).toContain(
      "orders.service runs Java, but nothing shows that it is an integration",
    );
    expect(run(fresh, other, { "service-user.unit": ["orders.service"] }).results).toEqual(all("fail"));
  });

  it("DynamicUser= is an account of its own", () => {
    const dynamic = asRoot.replace("DynamicUser=no", "DynamicUser=yes");
    const { results, details } = run(fresh, dynamic);
    expect(results["service-user-account"]).toBe("notapplicable");
    expect(details["service-user-account"]).toContain("DynamicUser=");
  });
});

describe("answers that cannot stand", () => {
  it.each([
    ["service-user.name", "op", "op administers this server"],
    ["service-user.name", "root", "root is an account that someone logs in with"],
    ["service-user.name", "Orders", "small letters"],
    ["service-user.unit", ["ghost.service"], "ghost.service is not among the services that run Java here"],
    ["service-user.application", ["/opt"], "/opt holds more than this integration's files"],
    ["service-user.logs", ["/var/log"], "/var/log holds more"],
    ["service-user.configuration", ["/etc/ssh/keys"], "/etc/ssh/keys holds more"],
    ["service-user.application", ["/opt/../etc"], "absolute path"],
    ["service-user.application", ["opt/orders"], "absolute path"],
    ["service-user.application", ["/opt/orders/"], "absolute path"],
  ])("%s = %j", (id, value, problem) => {
    const problems = problemsOf([serviceUser], facts(fresh, asRoot), { [id]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });
});

describe("ignorance", () => {
  it("is no verdict", () => {
    const blind = factsOf(
      [accounts, parsed(accounts, fresh)],
      [workload, unknown("this needs root")],
      [listeners, unknown("this needs root")],
    );
    expect(settle([serviceUser], blind).results).toEqual(all("unknown"));
  });
});

describe("files without a machine", () => {
  it("are an account, its folders and its unit's addition, for a service called integration", () => {
    const files = serviceUser.generate?.(answerReader(new Map(), {})) ?? [];
    expect(
      Object.fromEntries(files.map(({ path, content }) => [path, content.split("\n").slice(1).join("\n")])),
    ).toEqual({
      "/etc/sysusers.d/drawbridge-integration.conf":
        'u integration - "Integration service" /nonexistent /usr/sbin/nologin\n',
      "/etc/tmpfiles.d/drawbridge-integration.conf":
        "d /opt/integration 0750 root integration -\nd /etc/integration 0750 root integration -\nd /var/log/integration 0750 integration integration -\n",
      "/etc/systemd/system/integration.service.d/zz-drawbridge-user.conf":
        "[Service]\nUser=integration\nGroup=integration\n",
    });
  });
});
