import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { comparePackageVersions, parseSoftware, type Software } from "../../src/probes/software.ts";

const fixture = (name: string): string =>
  readFileSync(new URL(`../fixtures/software/${name}.txt`, import.meta.url), "utf8");
const read = (text: string): Software => {
  const fact = parseSoftware(text);
  if (fact.state !== "known") throw new Error(fact.reason);
  return fact.value;
};

describe("a server that is behind", () => {
  const found = read(fixture("debian-12-behind"));

  it("knows which update waits, by apt's own cache", () => {
    expect(found.manager).toBe("apt");
    expect(found.updates).toEqual({
      known: true,
      scope: "all",
      pending: [
        {
          name: "openjdk-17-jre-headless",
          installed: "17.0.19+10-1~deb12u2",
          candidate: "17.0.21.1+2-1~deb12u1",
          source: undefined,
          security: false,
        },
      ],
      all: [],
    });
    expect(found.now - (found.listsFetched ?? 0)).toBeGreaterThan(0);
  });

  it("sees every Java by its release file", () => {
    expect(found.java).toEqual([
      { home: "/usr/lib/jvm/java-17-openjdk-amd64", version: "17.0.19", major: 17, vendor: "Debian" },
      {
        home: "/usr/lib/ballerina/dependencies/jdk-21.0.5+11-jre",
        version: "21.0.5",
        major: 21,
        vendor: "Eclipse Adoptium",
      },
    ]);
  });

  it("sees tools, and what installers left open", () => {
    expect(found.tools).toEqual([
      { name: "bal", kind: "build", path: "/usr/bin/bal" },
      { name: "make", kind: "build", path: "/usr/bin/make" },
      { name: "wso2-integrator", kind: "editor", path: "/usr/share/wso2-integrator" },
    ]);
    expect(found.installed.map(({ mode, path }) => `${mode} ${path}`)).toContain(
      "0766 /usr/share/bash-completion/completions/bal",
    );
  });
});

it("an update that no integration stands on waits all the same", () => {
  const lines = (...words: readonly string[]) => words.join("\n");
  const found = read(
    lines(
      "1700000000",
      "@manager apt",
      "@packages",
      "ii |openssl|3.0.15-1",
      "@candidates security",
      "sudo|1.9.13p3-1+deb12u1|1.9.13p3-1",
      "sudo|1.9.13p3-1+deb12u3|1.9.13p3-1",
      "openssl|3.0.19-1|3.0.15-1|bookworm-security/main",
      "curl|7.88.1-1|8.0.0-1",
    ),
  );
  const openssl = {
    name: "openssl",
    installed: "3.0.15-1",
    candidate: "3.0.19-1",
    source: "bookworm-security/main",
    security: true,
  };
  expect(found.updates).toEqual({
    known: true,
    scope: "security",
    pending: [openssl],
    all: [
      { name: "sudo", installed: "1.9.13p3-1", candidate: "1.9.13p3-1+deb12u3", source: undefined, security: false },
      openssl,
    ],
  });
});

it("a fresh server has none of it, and says by which lists it was judged", () => {
  const found = read(fixture("debian-13-fresh"));
  expect(found.updates).toEqual({ known: true, scope: "security", pending: [], all: [] });
  expect([found.java, found.tools, found.installed]).toEqual([[], [], []]);
});

it("without lists nothing is known about updates; held packages are seen", () => {
  const found = read("1795347582\n@manager apt\n@packages\nhi |openssl|3.0.1-1\n@tools\n@installed\n");
  expect(found.updates.known).toBe(false);
  expect(found.packages).toEqual([{ name: "openssl", version: "3.0.1-1", held: true }]);
});

it("reads what rpm and dnf say", () => {
  const found = read(
    "1795347582\n@manager dnf\n@packages\nii |openssl-libs|1:3.2.2-6.el9_5\nii |glibc|0:2.34-125.el9\n@fetched 1795347000\n@candidates all\nopenssl-libs|1:3.2.2-7.el9_6\n@tools\n@installed\n",
  );
  expect(found.updates).toMatchObject({ pending: [{ name: "openssl-libs", candidate: "1:3.2.2-7.el9_6" }] });
});

it("an advisory makes an update of a repository one for security", () => {
  const found = read(
    "1\n@manager dnf\n@packages\n@candidates all\nopenssl-libs|1:3.2.2-7.el9_6|1:3.2.2-6.el9_5|baseos|security\nvim|2-1|1-1|appstream|\n",
  );
  expect(found.updates).toMatchObject({
    all: [
      { name: "openssl-libs", source: "baseos", security: true },
      { name: "vim", source: "appstream", security: false },
    ],
  });
});

it("a dnf that does not answer leaves unknown what waits", () => {
  const found = read("1\n@manager dnf\n@packages\nii |glibc|0:2.34-125.el9\n@fetched 1\n@candidates unanswered\n");
  expect(found.updates).toEqual({ known: false, reason: expect.stringContaining("dnf -C check-update") });
});

it("an editor's remote server in a home is an editor", () => {
  const found = read("1\n@tools\n/home/op/.vscode-server\n/opt/x/bin/unheard-of\n@installed\n");
  expect(found.tools).toEqual([{ name: ".vscode-server", kind: "editor", path: "/home/op/.vscode-server" }]);
});

it("an answer that is none stays unknown", () => {
  expect(parseSoftware("sh: not found").state).toBe("unknown");
});

describe("the order of package versions (dpkg --compare-versions says the same)", () => {
  it.each([
    ["17.0.19+10-1~deb12u2", "17.0.21.1+2-1~deb12u1"],
    ["3.0.17-1~deb12u2", "3.0.17-1"],
    ["1.0~rc1", "1.0"],
    ["1.0", "1.0a"],
    ["1.0a", "1.0+b"],
    ["2.36-9+deb12u9", "2.36-9+deb12u14"],
    ["9.9", "1:0.1"],
    ["1.2.13", "1.2.13.dfsg"],
    ["0:2.34-60.el9", "0:2.34-125.el9"],
  ])("%s is older than %s", (older, newer) => {
    expect(comparePackageVersions(older, newer)).toBeLessThan(0);
    expect(comparePackageVersions(newer, older)).toBeGreaterThan(0);
    expect(comparePackageVersions(older, older)).toBe(0);
  });

  const version = fc.stringMatching(/^(?:[0-9]:)?[0-9][0-9a-z.+~]{0,8}(?:-[0-9a-z.+~]{1,4})?$/u);
  it("is an order", () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(comparePackageVersions(a, b))).toBe(-Math.sign(comparePackageVersions(b, a)) + 0);
        if (comparePackageVersions(a, b) <= 0 && comparePackageVersions(b, c) <= 0) {
          expect(comparePackageVersions(a, c)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });
});
