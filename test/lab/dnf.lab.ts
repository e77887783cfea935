/**
 * dnf and rpm as they really answer, from Debian's own packages, over a repository that the test makes: what waits and for what
 * reason, and a package that comes by a transaction and goes again. apt and dpkg are out of the way then, as on RHEL.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseSoftware, type Software, software } from "../../src/probes/software.ts";
import { type Line, upload } from "../transaction/sandbox.ts";
import { type Lab, labOrSkip, openLab, type Server } from "./harness/index.ts";

const reason = labOrSkip();

type Rpm = { readonly name: string; readonly epoch?: number; readonly version: string; readonly requires?: string };

const longName = "java-21-openjdk-headless-with-a-name-that-goes-on-for-longer-than-a-terminal-is-wide";
const present: readonly Rpm[] = [
  { name: "openssl-libs", epoch: 1, version: "3.2.2-6.el9_5" },
  { name: longName, version: "21.0.5.0.11-2.module_el9.5.0+3840+3fb1a2b5" },
  { name: "quiet", version: "1.0-1" },
];
const offered: readonly Rpm[] = [
  { name: "openssl-libs", epoch: 1, version: "3.2.2-7.el9_6" },
  { name: longName, version: "21.0.9.0.10-1.module_el9.6.0+3841+3fb1a2b6" },
  { name: "newcomer", version: "2.0-1", requires: "newcomers-library" },
  { name: "newcomers-library", version: "2.0-1" },
];

const specification = ({ name, epoch = 0, version, requires }: Rpm): string => {
  const [upstream = "", release = ""] = version.split("-");
  return `Name: ${name}
Epoch: ${epoch}
Version: ${upstream}
Release: ${release}
Summary: A package of the lab
License: Apache-2.0
BuildArch: noarch
${requires === undefined ? "" : `Requires: ${requires}`}
%description
A package of the lab.
%install
mkdir -p %{buildroot}/opt/lab
echo ${version} > %{buildroot}/opt/lab/${name}
%files
/opt/lab/${name}
`;
};

const repository = "[lab]\nname=Lab\nbaseurl=file:///srv/rpm\ngpgcheck=0\nenabled=1\n";

const advisory = `<?xml version="1.0" encoding="UTF-8"?>
<updates><update from="lab@example.org" status="final" type="security" version="1"><id>LAB-2026:1</id><title>openssl</title>
<severity>Important</severity><release>1</release><issued date="2026-11-01 00:00:00"/><references/><description>A hole.</description>
<pkglist><collection short="lab"><name>lab</name>
<package name="openssl-libs" epoch="1" version="3.2.2" release="7.el9_6" arch="noarch" src="openssl-3.2.2-7.el9_6.src.rpm">
<filename>openssl-libs-3.2.2-7.el9_6.noarch.rpm</filename></package></collection></pkglist></update></updates>
`;

describe.skipIf(reason !== undefined)(`dnf${reason ? ` (skipped: ${reason})` : ""}`, () => {
  let lab: Lab;
  let server: Server;

  const shell = (text: string) => server.must(["sh", "-euc", text], { timeoutMs: 300_000 });
  const built = async (packages: readonly Rpm[]): Promise<void> => {
    for (const one of packages) {
      const file = `/root/${one.name}-${one.version}.spec`;
      await server.writeFile(file, specification(one));
      await server.must(["rpmbuild", "-bb", "--quiet", "--define", "_rpmdir /srv/rpm", file]);
    }
  };
  const seen = async (): Promise<Software> => {
    const fact = parseSoftware(await server.must(["env", "LC_ALL=C", "sh", "-c", software.script]));
    if (fact.state !== "known") throw new Error(fact.reason);
    return fact.value;
  };

  beforeAll(async () => {
    lab = await openLab();
    server = await lab.server({ release: "bookworm", flavour: "fresh" });
    await shell("apt-get -q update && apt-get -q -y --no-install-recommends install dnf rpm createrepo-c");
    await built(present);
    // Debian's rpm keeps its database in the home of whoever calls it, and warns that it is not the machine's own.
    await shell("rpm --initdb && rpm -i --nodeps /srv/rpm/noarch/*.rpm");
    await built(offered);
    await server.must(["mkdir", "-p", "/etc/yum.repos.d"]);
    await server.writeFile("/etc/yum.repos.d/lab.repo", repository);
    await shell("for name in apt-get dpkg dpkg-query; do mv /usr/bin/$name /usr/bin/$name.away; done");
  }, 600_000);
  afterAll(() => lab?.close());

  test("nobody fetched lists: what waits is unknown", async () => {
    const { manager, updates, packages } = await seen();
    expect(manager).toBe("dnf");
    expect(packages.map(({ name, version }) => `${name} ${version}`).sort()).toEqual([
      `${longName} 0:21.0.5.0.11-2.module_el9.5.0+3840+3fb1a2b5`,
      "openssl-libs 1:3.2.2-6.el9_5",
    ]);
    expect(updates).toEqual({ known: false, reason: expect.stringContaining("fetch them first") });
  });

  test("what waits has its repository, and its advisory says that it mends a hole", async () => {
    await server.writeFile("/root/updateinfo.xml", advisory);
    await shell("createrepo_c -q /srv/rpm && modifyrepo_c /root/updateinfo.xml /srv/rpm/repodata && dnf -q makecache");
    const { updates } = await seen();
    const openssl = {
      name: "openssl-libs",
      installed: "1:3.2.2-6.el9_5",
      candidate: "1:3.2.2-7.el9_6",
      source: "lab",
      security: true,
    };
    const java = {
      name: longName,
      installed: "0:21.0.5.0.11-2.module_el9.5.0+3840+3fb1a2b5",
      candidate: "21.0.9.0.10-1.module_el9.6.0+3841+3fb1a2b6",
      source: "lab",
      security: false,
    };
    expect(updates).toMatchObject({ known: true, scope: "all" });
    if (!updates.known) return;
    expect(updates.all.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual([java, openssl]);
    expect(updates.pending).toHaveLength(2);
  });

  test("a repository that dnf cannot read leaves unknown what waits", async () => {
    await shell("mv /etc/dnf/dnf.conf /etc/dnf/dnf.away; printf '[main\\n' >/etc/dnf/dnf.conf");
    expect((await seen()).updates).toEqual({ known: false, reason: expect.stringContaining("dnf -C check-update") });
    await shell("mv /etc/dnf/dnf.away /etc/dnf/dnf.conf");
  });

  test("a package comes with what it needs, and undo takes both away again", async () => {
    const lines: readonly Line[] = [["change", "0001", "package", "newcomer"]];
    await server.must(["mkdir", "-p", "-m", "700", "/var/lib/drawbridge/transactions"]);
    upload(server.root, "dnf-1", lines, {});
    const runtime = "/var/lib/drawbridge/transactions/dnf-1/runtime";
    const installed = async () => (await server.must(["rpm", "-qa", "--qf", "%{NAME}\\n"])).trim().split("\n").sort();
    const before = await installed();
    await server.must(["sh", runtime, "stage"]);
    await server.must(["sh", runtime, "commit"], { timeoutMs: 300_000 });
    expect(await installed()).toEqual([...before, "newcomer", "newcomers-library"].sort());
    expect(await server.must(["cat", "/opt/lab/newcomer"])).toBe("2.0-1\n");
    await server.must(["sh", runtime, "undo"], { timeoutMs: 300_000 });
    expect(await installed()).toEqual(before);
    expect((await server.exec(["ls", "/opt/lab/newcomer"])).exitCode).not.toBe(0);
  });
});
