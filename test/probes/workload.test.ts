import { describe, expect, it } from "vitest";
import { parseWorkload, treeLimit, type Workload, workload } from "../../src/probes/workload.ts";
import { captured, parsed } from "../steps/settle.ts";

const read = (text: string): Workload => {
  const fact = parseWorkload(text);
  if (fact.state !== "known") throw new Error(fact.reason);
  return fact.value;
};

const asRoot = captured("workload", "debian-12-orders-as-root");

describe("a service that runs a Ballerina JAR as root", () => {
  const { units, trees, loose } = read(asRoot);

  it("is found with what it runs, reads and writes", () => {
    expect(units).toMatchObject([
      {
        name: "orders.service",
        activeState: "active",
        subState: "running",
        user: "root",
        group: "root",
        runsAs: "root",
        dynamicUser: false,
        jar: "/opt/orders/orders.jar",
        ballerina: "yes",
        workingDirectory: "/opt/orders",
        configurationFiles: ["/etc/orders/secrets.toml", "/etc/orders/Config.toml"],
        logFolders: ["/var/log/orders"],
        dropIn: null,
        dropInFolder: false,
      },
    ]);
    expect(units[0]?.startedAt).toBeGreaterThan(1_700_000_000);
    expect(loose).toEqual([]);
  });

  it("comes with its files, without following symlinks or broken names", () => {
    expect(trees.map(({ path }) => path)).toEqual(["/opt/orders", "/etc/orders", "/var/log/orders"]);
    const names = trees[0]?.entries.map(({ path }) => path);
    expect(names).toContain("/opt/orders/lib/with space|and bar");
    expect(names?.some((name) => name.includes("link") || name.includes("line"))).toBe(false);
    expect(trees[1]?.entries).toContainEqual(
      expect.objectContaining({ path: "/etc/orders/secrets.toml", mode: "0666", owner: "root", links: 1 }),
    );
    expect(trees.flatMap(({ barriers }) => barriers)).toEqual([]);
  });

  it("prints nothing of the environment but the configuration's place", () => {
    expect(asRoot).not.toContain("JAVA_OPTS");
  });
});

describe("after the step was applied", () => {
  it("shows the account, our addition and its sudo rights", () => {
    const { units, sudo } = read(captured("workload", "debian-12-orders-as-orders"));
    expect(units).toMatchObject([{ user: "orders", group: "orders", runsAs: "orders", dropInFolder: true }]);
    expect(units[0]?.dropIn).toMatchObject({
      mode: "0644",
      owner: "root",
      content: expect.stringMatching(/^# Written by drawbridge.*\n\[Service\]\nUser=orders\nGroup=orders\n$/u),
    });
    expect(sudo.get("orders")).toEqual({ reach: "nothing" });
  });
});

describe("other answers", () => {
  it("nothing found is known to be nothing", () => {
    expect(read(captured("workload", "debian-13-nothing"))).toEqual({
      units: [],
      loose: [],
      programs: [],
      setups: [],
      jars: new Map(),
      installations: [],
      bounds: [],
      trees: [],
      sudo: new Map(),
    });
  });

  it("a process outside any unit, and one in a container", () => {
    const text = [
      "@loose 812",
      "user deploy",
      "cgroup 0::/user.slice/user-1001.slice/session-4.scope",
      "jar /home/deploy/app.jar",
      "ballerina no",
      "@loose 900",
      "user root",
      "cgroup 0::/system.slice/docker-0123.scope",
      "jar ",
      "ballerina yes",
      "",
    ].join("\n");
    expect(read(text).loose).toEqual([
      { pid: 812, user: "deploy", jar: "/home/deploy/app.jar", ballerina: "no", container: false },
      { pid: 900, user: "root", jar: undefined, ballerina: "yes", container: true },
    ]);
  });

  it("a unit that is not there any more is left out", () => {
    expect(read("@unit gone.service\nLoadState=not-found\nActiveState=inactive\n").units).toEqual([]);
  });

  it("a folder with too many files says so", () => {
    const lines = Array.from({ length: treeLimit + 1 }, (_, n) => `1|1|regular file|644|root|root|0|0|/opt/big/${n}`);
    const [tree] = read(`@tree /opt/big\n${lines.join("\n")}\n`).trees;
    expect(tree?.cut).toBe(true);
    expect(tree?.entries).toHaveLength(treeLimit);
  });

  it("folders above that nobody may pass are barriers", () => {
    const [tree] = read(
      "@tree /srv/private/orders\n@parents /srv/private/orders\ndirectory|755|root|root|0|0|/srv\ndirectory|700|op|op|1000|1000|/srv/private\n",
    ).trees;
    expect(tree?.barriers.map(({ path }) => path)).toEqual(["/srv/private"]);
  });

  it("garbage is not an answer", () => {
    expect(parsed(workload, "sh: 1: Syntax error\n").state).toBe("unknown");
  });
});
