import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type AppliedDocument,
  type Drawbridge,
  document,
  drawbridgeOver,
  type InspectionDocument,
  type PlanDocument,
} from "./drawbridge.ts";
import { compareTrees, type Lab, labOrSkip, openLab, releases, type Server, snapshotTree } from "./harness/index.ts";

const reason = labOrSkip();
const note = reason === undefined ? "" : ` (skipped: ${reason})`;
const ids = ["tools-installer-permissions", "pipeline-staging", "tools-workstations"];
const only = ids.flatMap((id) => ["--control", id]);
const given = [
  "--set",
  "pipeline.staging=Operations; https://wiki.example/staging; 2099-06-30",
  "--set",
  "versions.workstations=Development; OPS-12",
];
const exclude = ["/var/lib/drawbridge", "/var/log", "/tmp", "/run", "/var/cache/apt"];
const java = { bookworm: "openjdk-17-jre-headless", trixie: "openjdk-21-jre-headless" } as const;
const icp = "/usr/share/wso2-integrator/components/icp";

describe.skipIf(reason !== undefined).each([...releases])(`versions on %s${note}`, (release) => {
  let lab: Lab;
  let server: Server;
  let before: Awaited<ReturnType<typeof snapshotTree>>;
  let applied: AppliedDocument;
  const cli: Drawbridge = (...words) => drawbridgeOver(lab, server)(...words);
  const sh = (text: string) => server.must(["sh", "-euc", text]);
  const finding = async (id: string, ...words: readonly string[]) => {
    const { findings } = document<InspectionDocument>(
      await cli("inspect", "--format", "json", "--control", id, ...words),
    );
    return findings.find(({ controlId }) => controlId === id);
  };

  beforeAll(async () => {
    lab = await openLab();
    server = await lab.server({ release, flavour: "java" });
    // What the installers' own scripts do.
    await sh(`mkdir -p /usr/share/bash-completion/completions ${icp}/bin/database ${icp}/logs ${icp}/www
echo 'complete -W "build run test" bal' >/usr/share/bash-completion/completions/bal
chmod 766 /usr/share/bash-completion/completions/bal
echo data >${icp}/bin/database/icp.mv.db
echo '{}' >${icp}/www/config.json
chmod -R a+rwX ${icp}/bin/database ${icp}/logs ${icp}/www/config.json
mkdir -p /usr/lib/ballerina/distributions/ballerina-2201.13.3 /usr/lib/ballerina/bin /usr/lib/ballerina/dependencies/jdk-21.0.5+11-jre
echo ballerina-2201.13.3 >/usr/lib/ballerina/distributions/ballerina-version
printf 'IMPLEMENTOR="Eclipse Adoptium"\\nJAVA_VERSION="21.0.5"\\n' >/usr/lib/ballerina/dependencies/jdk-21.0.5+11-jre/release
printf '#!/bin/sh\\n' >/usr/lib/ballerina/bin/bal; chmod 755 /usr/lib/ballerina/bin/bal; ln -s /usr/lib/ballerina/bin/bal /usr/bin/bal`);
  });
  afterAll(() => lab?.close());

  test("Debian's own Java is current, and the one that Ballerina brought along is not", async () => {
    expect(await finding("versions-java")).toMatchObject({ result: "pass" });
    expect(await finding("versions-java-bundled")).toMatchObject({ result: "fail" });
    expect((await finding("versions-java-bundled"))?.detail).toContain("21.0.5");
    expect(await finding("versions-os")).toMatchObject({ result: "pass" });
    expect(await finding("tools-development")).toMatchObject({ result: "fail" });
  });

  test("an update that waits is seen by apt's cache and without it, and apt's files stay as they are", async () => {
    expect((await finding("versions-packages"))?.result).toBe("pass");
    const list = (await sh("ls /var/lib/apt/lists/*security*_Packages")).trim().split("\n")[0];
    const version = (await sh(`dpkg-query -W -f '\${Version}' ${java[release]}`)).trim();
    await sh(`cp -p ${list} /root/list
awk -v version='${version}' '/^Package: / { mine = ($2 == "${java[release]}") } mine && /^Version: / { print "Version: " version ".99"; next } { print }' /root/list >${list}`);
    const listed = await sh("stat -c '%n %Y %s' /var/lib/apt/lists/* /var/cache/apt/*");
    const named = await finding("versions-packages");
    expect(named).toMatchObject({ result: "fail" });
    expect(named?.detail).toContain(`${java[release]} ${version} -> ${version}.99: apt-get update && apt-get install`);
    expect(await sh("stat -c '%n %Y %s' /var/lib/apt/lists/* /var/cache/apt/*")).toBe(listed);
    await sh("sleep 1; apt-cache gencaches");
    const cached = await sh("stat -c '%n %Y %s' /var/cache/apt/*");
    expect(await finding("versions-packages")).toMatchObject({ result: "fail" });
    expect(await sh("stat -c '%n %Y %s' /var/cache/apt/*")).toBe(cached);
    expect((await finding("versions-java"))?.result).toBe("pass");
    await sh(`cp -p /root/list ${list}; rm /root/list /var/cache/apt/*.bin`);
  });

  test("a table of the machine's own counts, and a broken one is refused with one line", async () => {
    const table = JSON.parse(readFileSync("templates/runtime/versions/versions.json", "utf8")) as {
      date: string;
      java: Record<string, { latest?: string }>;
    };
    for (const major of ["17", "21"]) table.java[major] = { ...table.java[major], latest: `${major}.0.99` };
    await sh("mkdir -p -m 0700 /etc/drawbridge");
    await server.writeFile("/etc/drawbridge/versions.json", JSON.stringify(table));
    expect((await finding("versions-java"))?.detail).toContain("is older than");
    await sh("echo '{' >/etc/drawbridge/versions.json");
    expect(await finding("versions-java")).toMatchObject({
      result: "unknown",
      detail: "/etc/drawbridge/versions.json is not JSON: mend it, or remove it",
    });
    await sh("rm -r /etc/drawbridge");
  });

  test("fails before, or nobody vouches", async () => {
    expect((await finding("tools-installer-permissions"))?.result).toBe("fail");
    expect((await finding("pipeline-staging"))?.result).toBe("unknown");
  });

  test("one apply narrows modes and writes down who vouches", async () => {
    before = await snapshotTree(server.root, { exclude });
    const result = await cli("apply", "--yes", "--format", "json", ...only, ...given);
    expect(result.exitCode, result.stderr).toBe(0);
    applied = document<AppliedDocument>(result);
    expect(applied.state).toBe("confirmed");
    expect(await sh("stat -c '%a %U' /usr/share/bash-completion/completions/bal")).toBe("644 root\n");
    expect(await sh(`find ${icp} -perm -0002`)).toBe("");
    expect(await sh("stat -c '%a %U' /etc/drawbridge/attestations.json")).toBe("600 root\n");
    expect(await sh("cat /etc/drawbridge/answers.json")).not.toContain("wiki.example");
  });

  test("passes or is attested, and a second plan is empty, with the answers and without", async () => {
    expect((await finding("tools-installer-permissions"))?.result).toBe("pass");
    for (const id of ["pipeline-staging", "tools-workstations"]) {
      expect(await finding(id)).toMatchObject({ result: "attested" });
    }
    for (const words of [["--recommended"], [...given]]) {
      const second = document<PlanDocument>(await cli("plan", "--format", "json", ...only, ...words));
      expect(second.changes).toEqual([]);
    }
  });

  test("what is overdue is a finding, and a new word mends it", async () => {
    await sh("sed -i 's/2099-06-30/2020-01-01/' /etc/drawbridge/attestations.json");
    expect(await finding("pipeline-staging")).toMatchObject({ result: "fail" });
    const renewed = await cli(
      ...["apply", "--yes", "--format", "json", "--control", "pipeline-staging", "--set"],
      "pipeline.staging=Operations; https://wiki.example/staging; 2099-12-31",
    );
    expect(renewed.exitCode, renewed.stderr).toBe(0);
    expect(await finding("pipeline-staging")).toMatchObject({ result: "attested" });
    await cli("undo", document<AppliedDocument>(renewed).transactionId, "--yes");
    await sh("sed -i 's/2020-01-01/2099-06-30/' /etc/drawbridge/attestations.json");
  });

  test("undo brings every mode back", async () => {
    const undone = await cli("undo", applied.transactionId, "--yes");
    expect(undone.exitCode, undone.stderr).toBe(0);
    expect(compareTrees(before, await snapshotTree(server.root, { exclude }))).toEqual([]);
  });
});
