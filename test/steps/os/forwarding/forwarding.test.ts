import { describe, expect, it } from "vitest";
import { answerReader } from "../../../../src/core/answers.ts";
import { known, knownValue } from "../../../../src/model/fact.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import { attestations } from "../../../../src/probes/attestations.ts";
import { daemons } from "../../../../src/probes/daemons.ts";
import {
  type Forwarding,
  type ForwardingFiles,
  forwardFile,
  forwarding,
  forwardingFiles,
  pathsOf,
  uploadFile,
  uploadUnit,
} from "../../../../src/probes/forwarding.ts";
import { listeners } from "../../../../src/probes/listeners.ts";
import { readRsyslog } from "../../../../src/probes/rsyslog-config.ts";
import { forwardingStep } from "../../../../steps/os/forwarding/index.ts";
import { captured, factsOf, parsed, problemsOf, settle } from "../../settle.ts";
import { server } from "../daemons.ts";

const capturedAs = (name: string) => knownValue(parsed(forwarding, captured("forwarding", name))) as Forwarding;
const rsyslog = capturedAs("bookworm-rsyslog");
const upload = capturedAs("bookworm-journal-upload");

/** As captured on a server where nothing was configured yet. */
const nothing: Forwarding = {
  ...rsyslog,
  units: new Map([...rsyslog.units].filter(([name]) => name !== "rsyslog.service")),
  packages: [],
  rsyslog: { sendings: [], inputs: [] },
  upload: {},
  files: new Map(),
  connections: [],
  complaints: [],
  uploadEnabled: undefined,
};

const file = {
  mode: "0600",
  owner: "root",
  group: "root",
  certificates: [{ notAfter: rsyslog.now + 60 * 86_400 }],
  count: 1,
  holdsKey: false,
};
const paths = ["/etc/ssl/certs/log-authority.pem", "/etc/ssl/certs/log-sender.pem", "/etc/ssl/private/log-sender.key"];
const files = new Map(paths.map((path) => [path, file])) as unknown as ForwardingFiles;

const given = (method: string): Answers => ({
  "forwarding.method": method,
  "forwarding.receiver": "logs.lab",
  "forwarding.authority": paths[0] as string,
  "forwarding.certificate": paths[1] as string,
  "forwarding.key": paths[2] as string,
});

const settled = (seen: Forwarding, answers: Answers = {}, there: ForwardingFiles = files, persistentJournal = true) =>
  settle(
    [forwardingStep],
    factsOf(
      [forwarding, known(seen)],
      [forwardingFiles, known(there)],
      [daemons, known({ ...server, persistentJournal })],
      [listeners, known([])],
    ),
    answers,
  );

const problems = (answers: Answers) =>
  problemsOf([forwardingStep], factsOf([forwarding, known(nothing)]), { ...given("rsyslog"), ...answers });

const sending = (text: string): Forwarding => ({
  ...rsyslog,
  files: new Map(),
  rsyslog: readRsyslog([{ path: "/etc/rsyslog.conf", text }]),
});

describe("central logs", () => {
  it("has nothing to say against a server that sends nothing but that, and changes nothing", () => {
    const { results, changes, details } = settled(nothing);
    expect(results).toMatchObject({
      "forwarding-central": "fail",
      "forwarding-encrypted": "notapplicable",
      "forwarding-verified": "notapplicable",
      "forwarding-queue": "notapplicable",
      "forwarding-arrival": "notapplicable",
      "forwarding-certificates": "notapplicable",
      "forwarding-no-receiver": "pass",
    });
    expect(details["forwarding-central"]).toContain("forwarding.method");
    expect(changes).toEqual([]);
  });

  it("waits for somebody's word on who reads them", () => {
    expect(settled(nothing).results["forwarding-review"]).toBe("unknown");
    const { results, changes } = settle(
      [forwardingStep],
      factsOf(
        [forwarding, known(nothing)],
        [attestations, known({ today: "2026-11-22", records: {}, file: undefined })],
      ),
      { "forwarding.review": "Operations; ticket 12; 2027-05-01" },
    );
    expect(results["forwarding-review"]).toBe("fail");
    expect(changes.map(({ title }) => title)).toContain("Write down who vouches for what");
  });

  it.each([
    ["journal-upload", ["systemd-journal-remote"], uploadUnit],
    ["rsyslog", ["rsyslog", "rsyslog-gnutls"], "rsyslog.service"],
  ])("%s: installs, writes, starts, and sends a test record last", (method, names, unit) => {
    const { changes } = settled(nothing, given(method));
    expect(changes.find(({ kind }) => kind === "package")).toMatchObject({ names });
    const units = changes.flatMap((change) => (change.kind === "unit" ? [change.unit] : []));
    expect(units).toEqual([unit, "drawbridge-forwarding-test.service"]);
    const texts = changes.flatMap((change) => (change.kind === "file" ? [change.after.content] : [])).join("");
    expect(texts).toContain("logs.lab");
    expect(texts).not.toContain("{{");
  });

  it.each([
    [upload, "journal-upload"],
    [rsyslog, "rsyslog"],
  ])("%#: plans nothing where it is so, with the answers and without them", (seen, method) => {
    for (const answers of [{}, given(method)]) {
      const { results, changes } = settled(seen, answers);
      expect(changes).toEqual([]);
      expect(results).toMatchObject({
        "forwarding-central": "pass",
        "forwarding-encrypted": "pass",
        "forwarding-verified": "pass",
        "forwarding-queue": "pass",
        "forwarding-arrival": "pass",
        "forwarding-certificates": "pass",
      });
    }
  });

  it("takes the other way's files away when the way changes", () => {
    const { changes } = settled(rsyslog, given("journal-upload"));
    expect(changes).toContainEqual(expect.objectContaining({ kind: "absent", path: forwardFile }));
    expect(changes).toContainEqual(expect.objectContaining({ kind: "file", path: uploadFile }));
    const back = settled(upload, given("rsyslog")).changes;
    expect(back).toContainEqual(expect.objectContaining({ kind: "absent", path: uploadFile }));
    expect(back).toContainEqual(expect.objectContaining({ kind: "unit", unit: uploadUnit, action: "inactive" }));
  });

  it.each([
    [{ "forwarding.method": "rsyslog" }, "receiver is not named"],
    [{ ...given("journal-upload"), "forwarding.key": "" }, "needs a certificate and its key"],
    [{ ...given("rsyslog"), "forwarding.certificate": "" }, "belong together"],
  ])("%o: says what is missing, and changes nothing", (answers, text) => {
    const { details, changes } = settled(nothing, answers);
    expect(details["forwarding-central"]).toContain(text);
    expect(changes.filter(({ because }) => because.includes("forwarding-central"))).toEqual([]);
  });

  it("names files that are not there, and believes in those that nobody looked at", () => {
    const gone = new Map([...files, [paths[0] as string, null]]);
    expect(settled(nothing, given("rsyslog"), gone).details["forwarding-central"]).toContain(paths[0]);
    expect(settled(nothing, given("rsyslog"), new Map()).changes).not.toEqual([]);
  });

  it("takes the usual answers", () => {
    expect(problems({})).toEqual([]);
    for (const receiver of ["logs", "192.0.2.7:514", "[2001:db8::1]:6514", "logs.example.org:6514"])
      expect(problems({ "forwarding.receiver": receiver })).toEqual([]);
  });

  it.each(["a b", "a;b", "http://a", "a:0", "a:70000", "-a", 'a"b', "a\nb"])("refuses the receiver %j", (receiver) => {
    expect(problems({ "forwarding.receiver": receiver })).not.toEqual([]);
  });

  it.each(['/a"b', "a", "/a b", "/a\nb", "/a$(b)"])("refuses the path %j", (path) => {
    expect(problems({ "forwarding.authority": path })).not.toEqual([]);
  });
});

describe("what others have configured", () => {
  it("finds what is not encrypted, with its line", () => {
    const { results, details } = settled(sending("\n*.* @@logs.example.org:514"));
    expect(results).toMatchObject({
      "forwarding-central": "pass",
      "forwarding-encrypted": "fail",
      "forwarding-queue": "fail",
    });
    expect(details["forwarding-encrypted"]).toContain("/etc/rsyslog.conf:2 sends to logs.example.org:514 without TLS");
  });

  it("finds a receiver that nobody checks", () => {
    const tls = 'target="a" port="6514" protocol="tcp" StreamDriver="gtls" StreamDriverMode="1"';
    const seen = sending(`action(type="omfwd" ${tls})`);
    expect(settled(seen).results).toMatchObject({ "forwarding-encrypted": "pass", "forwarding-verified": "fail" });
    const all = { ...upload, upload: { ...upload.upload, TrustedCertificateFile: "all" } };
    expect(settled(all).results["forwarding-verified"]).toBe("fail");
    const plain = { ...upload, upload: { ...upload.upload, URL: "http://logs.lab" } };
    expect(settled(plain).results["forwarding-encrypted"]).toBe("fail");
  });

  it("does not count what goes nowhere, or what does not run", () => {
    expect(pathsOf(sending("*.* @127.0.0.1:5140"))).toEqual([]);
    expect(pathsOf({ ...sending("*.* @@logs"), units: new Map() })).toEqual([]);
  });

  it("knows that an agent may send logs, and not whether", () => {
    const units = new Map([
      ["fluent-bit.service", { name: "fluent-bit.service", active: "active", enabled: "enabled" }],
    ]);
    expect(settled({ ...nothing, units }).results["forwarding-central"]).toBe("unknown");
  });
});

describe("arrival", () => {
  const arrival = (seen: Forwarding) => {
    const { results, details } = settled(seen);
    return [results["forwarding-arrival"], details["forwarding-arrival"]];
  };
  const cursor = (number: bigint, microseconds: number) => ({ sequence: "s", number, microseconds });
  const at = upload.now * 1_000_000;

  it.each([
    [{}, "pass"],
    [{ connections: [] }, "fail"],
  ])("rsyslog: %o is a %s", (seen, result) => {
    expect(arrival({ ...rsyslog, ...seen })[0]).toBe(result);
  });

  it.each([
    [{ uploaded: cursor(5n, at), tested: cursor(5n, at), newest: cursor(9n, at) }, "pass"],
    [{ uploaded: cursor(4n, at), tested: cursor(5n, at), newest: cursor(9n, at) }, "unknown"],
    [{ uploaded: undefined, tested: cursor(5n, at), newest: cursor(9n, at) }, "unknown"],
    [{ uploaded: cursor(5n, at - 3_600_000_000), tested: cursor(5n, at), newest: cursor(9n, at) }, "fail"],
    [{ uploaded: cursor(5n, at), tested: undefined, newest: cursor(9n, at) }, "pass"],
  ])("journal-upload: %o is a %s", (seen, result) => {
    expect(arrival({ ...upload, ...seen })[0]).toBe(result);
  });

  it("quotes what the uploader says when it stands still", () => {
    const text =
      "Upload to https://logs.lab:19532/upload failed: SSL certificate problem: unable to get local issuer certificate";
    const complaints = [{ program: "systemd-journal-upload" as const, microseconds: at + 60_000_000, text }];
    const seen = { ...upload, uploaded: cursor(5n, at), tested: cursor(5n, at), complaints };
    expect(arrival(seen)).toEqual(["fail", expect.stringContaining("SSL certificate problem")]);
    // It went on since.
    expect(arrival({ ...seen, uploaded: cursor(9n, at + 61_000_000) })[0]).toBe("pass");
  });

  it("rsyslog: quotes the reason, and not what it says about its own retries", () => {
    const said = (...texts: readonly string[]) => {
      const complaints = texts.map((text, at) => ({ program: "rsyslogd" as const, microseconds: at, text }));
      return arrival({ ...rsyslog, connections: [], complaints })[1];
    };
    const reason = "peer name not authorized -  not permitted to talk to it. Names: DNSname: other.lab";
    const suspended = "action 'drawbridge-forward' suspended (module 'builtin:omfwd'), retry 0.";
    expect(said(reason, suspended)).toContain("not permitted");
    expect(said(suspended)).toContain("suspended");
  });
});

describe("certificates", () => {
  const having = (path: number, now: unknown) => {
    const there = new Map<string, unknown>(files);
    there.set(paths[path] as string, now);
    return there as ForwardingFiles;
  };
  const ending = (days: number) => having(1, { ...file, certificates: [{ notAfter: upload.now + days * 86_400 }] });
  it.each([
    [ending(31), "pass"],
    [ending(20), "fail"],
    [ending(-1), "fail"],
    [having(2, { ...file, mode: "0644" }), "fail"],
    [having(2, null), "fail"],
  ])("%#: %s", (there, result) => {
    expect(settled(upload, {}, there).results["forwarding-certificates"]).toBe(result);
  });
});

it("tells a file that is missing from one that nobody asked about", () => {
  const answer = "@path /gone\n@path /key\n@stat 600 root root\n@count 0\n@key\n";
  const output = { stdout: answer, exitCode: 0, truncated: false, timedOut: false };
  const there = knownValue(forwardingFiles.parse(output)) as ForwardingFiles;
  expect([there.get("/gone"), there.get("/never")]).toEqual([null, undefined]);
  expect(there.get("/key")).toEqual({
    mode: "0600",
    owner: "root",
    group: "root",
    certificates: [],
    count: 0,
    holdsKey: true,
  });
  const asked = (seen: Forwarding, answers: Answers) => forwardingFiles.input?.({ seen, given: known(answers) });
  expect(asked(nothing, {})).toBeUndefined();
  expect(asked(nothing, { "forwarding.authority": "/a.pem", "forwarding.key": "" })).toBe("/a.pem\n");
  expect(asked(upload, {})).toBe(`${paths.join("\n")}\n`);
});

it("writes files for this machine and for the receiver", () => {
  const generated = forwardingStep.generate?.(answerReader(factsOf(), given("rsyslog"))) ?? [];
  expect(generated.map(({ path }) => path)).toEqual([
    forwardFile,
    "/usr/local/lib/drawbridge/forwarding-test",
    "/etc/systemd/system/drawbridge-forwarding-test.service",
    "/usr/local/share/drawbridge/receiver/10-receiver.conf",
    "/usr/local/share/drawbridge/receiver/journal-remote.conf",
  ]);
  expect(generated.every(({ content }) => !content.includes("{{"))).toBe(true);
});
