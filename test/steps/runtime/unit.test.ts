import { describe, expect, it } from "vitest";
import { answerReader } from "../../../src/core/answers.ts";
import { PlanConflict } from "../../../src/core/assemble-plan.ts";
import type { Change } from "../../../src/model/change.ts";
import type { RuntimeUnit } from "../../../src/probes/unit-files.ts";
import { plainWord } from "../../../src/systemd/unit-file.ts";
import {
  execStart,
  removalObstacle,
  type UnitAddition,
  unitAdditions,
  unitEnvironment,
} from "../../../steps/runtime/unit.ts";
import { aRuntimeUnit, runtimeUnits, withOwn } from "./unit-fixture.ts";

type Given = Omit<UnitAddition, "unit"> & { readonly needed?: boolean; readonly because?: string };

const compose = (unit: RuntimeUnit, given: readonly Given[], answers = {}): readonly Change[] =>
  unitAdditions.compose(
    given.map(({ needed = true, because = "jvm-x", ...value }) => ({
      value: { unit: unit.name, ...value },
      because,
      needed,
    })),
    { units: runtimeUnits([unit]) },
    answerReader(new Map(), answers),
  );

const filesOf = (changes: readonly Change[]) =>
  changes.flatMap((each) => (each.kind === "file" ? [{ path: each.path, ...each.after }] : []));
const textOf = (changes: readonly Change[]) =>
  filesOf(changes)
    .map(({ content }) => content)
    .join("\n---\n");
const applied = (unit: RuntimeUnit, given: readonly Given[]) => withOwn(unit, filesOf(compose(unit, given)));
const kinds = (changes: readonly Change[]) => changes.map(({ kind }) => kind);

describe("additions to a unit", () => {
  it("are one drop-in with one restart, and nothing the second time", () => {
    const unit = aRuntimeUnit();
    const given = [
      { jvmOptions: ["-Xmx512m"], directives: [{ section: "Service", name: "UMask", value: "0077" }] },
      { because: "jvm-y", environment: { BAL_CONFIG_FILES: "{{credentials}}/a.toml:/etc/100%" } },
      { because: "jvm-z", credentials: [{ name: "a.toml", path: "/etc/orders/a.toml" }] },
    ] as const;
    const changes = compose(unit, given);
    expect(kinds(changes)).toEqual(["directory", "file", "unit"]);
    expect(filesOf(changes)).toMatchObject([
      { path: "/etc/systemd/system/orders-api.service.d/zz-drawbridge-runtime.conf", mode: "0644" },
    ]);
    expect(textOf(changes)).toContain(`[Service]
LoadCredential=a.toml:/etc/orders/a.toml
Environment="BAL_CONFIG_FILES=%d/a.toml:/etc/100%%"
Environment="JDK_JAVA_OPTIONS=-Xmx512m"
UMask=0077
`);
    expect(compose(withOwn(unit, filesOf(changes)), given)).toEqual([]);
  });

  it("need no restart of what does not run, and none when it is to wait", () => {
    const stopped = aRuntimeUnit({ properties: { ActiveState: "inactive" } });
    expect(kinds(compose(stopped, [{ jvmOptions: ["-Xmx1g"] }]))).toEqual(["directory", "file"]);
    expect(kinds(compose(aRuntimeUnit(), [{ jvmOptions: ["-Xmx1g"] }], { "jvm.restart": "later" }))).toEqual([
      "directory",
      "file",
    ]);
  });

  it("that are written but not in force yet are a restart", () => {
    const given = [{ jvmOptions: ["-Xmx1g"] }];
    const unit = { ...applied(aRuntimeUnit(), given), startedAt: 1_789_000_000 };
    expect(kinds(compose(unit, given))).toEqual(["unit"]);
  });

  it("of passing controls are pinned when something else is needed, and alone write nothing", () => {
    const pinned = { because: "jvm-y", needed: false, jvmOptions: ["-XX:+ExitOnOutOfMemoryError"] };
    expect(compose(aRuntimeUnit(), [pinned])).toEqual([]);
    expect(textOf(compose(aRuntimeUnit(), [pinned, { jvmOptions: ["-Xmx1g"] }]))).toContain(
      '"JDK_JAVA_OPTIONS=-XX:+ExitOnOutOfMemoryError -Xmx1g"',
    );
  });

  it("keep what an earlier run wrote for controls that are left out now", () => {
    const earlier = applied(aRuntimeUnit(), [
      {
        jvmOptions: ["-Xmx1g"],
        directives: [{ section: "Service", name: "UMask", value: "0077" }],
        environment: { A: "1" },
      },
    ]);
    const text = textOf(compose(earlier, [{ jvmOptions: ["-XX:+ExitOnOutOfMemoryError"] }]));
    expect(text).toContain('"JDK_JAVA_OPTIONS=-Xmx1g -XX:+ExitOnOutOfMemoryError"');
    expect(text).toContain('Environment="A=1"');
    expect(text).toContain("UMask=0077");
  });

  it("take back what their control owned and no longer gives", () => {
    const rung = (...names: readonly string[]) => ({
      owns: ["ProtectHome", "PrivateTmp"],
      directives: names.map((name) => ({ section: "Service" as const, name, value: "yes" })),
    });
    const earlier = applied(aRuntimeUnit(), [rung("ProtectHome", "PrivateTmp")]);
    const text = textOf(compose(earlier, [rung("PrivateTmp")]));
    expect(text).toContain("PrivateTmp=yes");
    expect(text).not.toContain("ProtectHome");
  });

  it("of two controls that contradict each other are refused by name", () => {
    const umask = (value: string, because: string) => ({
      because,
      directives: [{ section: "Service" as const, name: "UMask", value }],
    });
    expect(() => compose(aRuntimeUnit(), [umask("0077", "a"), umask("0027", "b")])).toThrow(PlanConflict);
    expect(() => compose(aRuntimeUnit(), [umask("0077", "a"), umask("0027", "b")])).toThrow(
      "a and b want different things of UMask= in orders-api.service: leave one of them out",
    );
  });

  it("that add up are written line by line", () => {
    const paths = (value: string, because: string) => ({
      because,
      directives: [{ section: "Service" as const, name: "ReadWritePaths", value }],
    });
    const text = textOf(compose(aRuntimeUnit(), [paths("/a", "a"), paths("/b", "b"), paths("/a", "c")]));
    expect(text).toContain("ReadWritePaths=/a\nReadWritePaths=/b\n");
    expect(text.match(/ReadWritePaths=\/a/gu)).toHaveLength(1);
  });

  it("are judged by systemd-analyze before anything changes", () => {
    const [, file] = compose(aRuntimeUnit(), [{ directives: [{ section: "Service", name: "UMask", value: "0077" }] }]);
    expect(file?.checks).toMatchObject([
      {
        argv: ["systemd-analyze", "verify", "--man=no", "@files/check-runtime-orders-api.service"],
        files: { "check-runtime-orders-api.service": expect.stringContaining("ExecStart=/bin/true\nUMask=0077\n") },
      },
    ]);
  });
});

describe("options of the JVM", () => {
  const service = (rest: string) => `[Service]\n${rest}`;

  it("are added to those that JDK_JAVA_OPTIONS has", () => {
    const unit = aRuntimeUnit({
      text: service('Environment="JDK_JAVA_OPTIONS=-Da=b -Dn=%n"\nExecStart=/usr/bin/java -jar a.jar\n'),
    });
    expect(textOf(compose(unit, [{ jvmOptions: ["-Xmx1g"] }]))).toContain('"JDK_JAVA_OPTIONS=-Da=b -Dn=%n -Xmx1g"');
  });

  it("are left alone where they are in force already", () => {
    const unit = aRuntimeUnit({ text: service("ExecStart=/usr/bin/java -Xmx1g -jar a.jar\n") });
    expect(textOf(compose(unit, [{ jvmOptions: ["-Xmx1g", "-Xms64m"] }]))).toContain('"JDK_JAVA_OPTIONS=-Xms64m"');
  });

  it("leave ExecStart= alone unless a word of it has to go, and keep the others as they are written", () => {
    const text =
      'ExecStart=/usr/bin/java -Xmx9g -agentlib:jdwp=transport=dt_socket,address=*:5005 "-Da=b c" -D%n=1 \\\n  -jar $JAR -Cx=y\n';
    const unit = aRuntimeUnit({ text: service(text) });
    const written = textOf(
      compose(unit, [
        { jvmOptions: ["-Xmx1g"], removeJvmOptions: ["-agentlib:jdwp=transport=dt_socket,address=*:5005"] },
      ]),
    );
    expect(written).toContain('ExecStart=\nExecStart=/usr/bin/java "-Da=b c" -D%n=1 -jar $JAR -Cx=y\n');
    expect(written).toContain('"JDK_JAVA_OPTIONS=-Xmx1g"');
  });

  it("are not mistaken for arguments of the program", () => {
    const unit = aRuntimeUnit({ text: service("ExecStart=/usr/bin/java -jar a.jar -Xmx9g\n") });
    expect(textOf(compose(unit, [{ jvmOptions: ["-Xmx1g"] }]))).not.toContain("ExecStart");
  });

  it("go from every variable that holds them; an empty one is unset", () => {
    const unit = aRuntimeUnit({
      text: service(
        'Environment="JAVA_TOOL_OPTIONS=-Xdebug" "JAVA_OPTS=-Xdebug -Da=1"\nExecStart=/usr/bin/java $JAVA_OPTS -jar a.jar\n',
      ),
    });
    const written = textOf(compose(unit, [{ removeJvmOptions: ["-Xdebug"] }]));
    expect(written).toContain('Environment="JAVA_OPTS=-Da=1"\nUnsetEnvironment=JAVA_TOOL_OPTIONS\n');
    expect(written).not.toContain("ExecStart");
  });

  it("from an environment file are answered by a file that is read later", () => {
    const unit = aRuntimeUnit({
      text: service("EnvironmentFile=/etc/default/orders\nExecStart=/usr/bin/java -jar a.jar\n"),
      environmentFiles: [
        {
          path: "/etc/default/orders",
          content: 'JDK_JAVA_OPTIONS="-Xdebug -Da=100%"\nBAL_CONFIG_FILES=/etc/orders/Config.toml\n',
        },
      ],
    });
    const given = [
      { removeJvmOptions: ["-Xdebug"], jvmOptions: ["-Xmx1g"] },
      { because: "s", environment: { BAL_CONFIG_FILES: "{{credentials}}/s.toml:/etc/orders/Config.toml" } },
    ];
    const changes = compose(unit, given);
    const [environment, dropIn] = filesOf(changes);
    expect(environment?.path).toBe("/etc/systemd/system/orders-api.service.d/zz-drawbridge-runtime.env");
    expect(environment?.content).toContain(
      'BAL_CONFIG_FILES="/run/credentials/orders-api.service/s.toml:/etc/orders/Config.toml"\nJDK_JAVA_OPTIONS="-Da=100% -Xmx1g"\n',
    );
    expect(dropIn?.content).toContain(
      "EnvironmentFile=/etc/systemd/system/orders-api.service.d/zz-drawbridge-runtime.env\n",
    );
    const after = withOwn(unit, filesOf(changes));
    expect(unitEnvironment(after).get("JDK_JAVA_OPTIONS")?.value).toBe("-Da=100% -Xmx1g");
    expect(compose(after, given)).toEqual([]);
  });

  it("inside a start script are its owner's, and said", () => {
    const unit = aRuntimeUnit({ text: service("ExecStart=/opt/orders/start.sh\n") });
    expect(removalObstacle(unit, "-Xdebug")).toBe(
      "-Xdebug comes from neither orders-api.service nor its environment: take it out of /opt/orders/start.sh",
    );
    expect(
      removalObstacle(aRuntimeUnit({ text: service("ExecStart=/usr/bin/java -Xdebug -jar a.jar\n") }), "-Xdebug"),
    ).toBeUndefined();
  });

  it("stay gone when the next run has nothing to take away", () => {
    const unit = aRuntimeUnit({ text: service("ExecStart=/usr/bin/java -Xdebug -jar a.jar\n") });
    const cleaned = applied(unit, [{ removeJvmOptions: ["-Xdebug"] }]);
    const next = applied(cleaned, [{ jvmOptions: ["-Xmx1g"] }]);
    expect(execStart(next)?.map(plainWord)).toEqual(["/usr/bin/java", "-jar", "a.jar"]);
    expect(compose(next, [{ jvmOptions: ["-Xmx1g"] }, { because: "d", removeJvmOptions: ["-Xdebug"] }])).toEqual([]);
  });
});

describe("secrets that the unit holds", () => {
  const text = `[Service]
Environment="JDK_JAVA_OPTIONS=-Dstore.password=first-secret"
ExecStart=/usr/bin/java -Xdebug -Ddb.password=second-secret -jar a.jar -CapiKey=third-secret
`;
  const unit = aRuntimeUnit({ text });
  const given = [{ removeJvmOptions: ["-Xdebug"], jvmOptions: ["-Xmx1g"] }];
  const changes = compose(unit, given);
  const all = ["first-secret", "second-secret", "third-secret"];

  it("are taken from where they stand, and never enter a plan", () => {
    for (const secret of all) expect(JSON.stringify(changes)).not.toContain(secret);
    const [, file] = changes;
    if (file?.kind !== "file") throw new Error("no file");
    expect(file.after.mode).toBe("0600");
    expect(file.after.content).toContain("-jar a.jar -CapiKey=••••••••");
    const written = (file.after.parts ?? []).map((part) => {
      if ("text" in part) return part.text;
      if ("random" in part) throw new Error("nothing is made up");
      const { offset, length } = part.slice;
      return Buffer.from(text)
        .subarray(offset, offset + length)
        .toString();
    });
    expect(written.join("")).toContain(
      'Environment="JDK_JAVA_OPTIONS=-Dstore.password=first-secret -Xmx1g"\nExecStart=\nExecStart=/usr/bin/java -Ddb.password=second-secret -jar a.jar -CapiKey=third-secret\n',
    );
    const after = withOwn(unit, [{ path: file.path, mode: "0600", content: written.join("") }]);
    expect(compose(after, given)).toEqual([]);
    const next = compose(after, [{ because: "b", jvmOptions: ["-Xms64m"] }]);
    expect(next).toHaveLength(2);
    for (const secret of all) expect(JSON.stringify(next)).not.toContain(secret);
  });
});
