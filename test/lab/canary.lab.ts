import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Line, partsFile, sha256, upload } from "../transaction/sandbox.ts";
import { compareTrees, type Lab, labOrSkip, openLab, type Server, snapshotTree, until } from "./harness/index.ts";

const reason = labOrSkip();
const runtime = (id: string) => `/var/lib/drawbridge/transactions/${id}/runtime`;

/** A small service that does what its file says: a key that it does not know ends it, as it ends an integration. */
const program = String.raw`use strict; use IO::Socket::INET;
$| = 1; my %set = (port => 9090, status => 200, password => "");
open my $file, "<", "/etc/demo.conf" or die "error: no configuration\n";
while (<$file>) {
  chomp; next if /^(#|$)/;
  my ($key, $value) = split /=/, $_, 2;
  die "error: unknown key $key, and password=$set{password} was read\n" unless exists $set{$key} || $key eq "dies";
  $set{$key} = $value;
}
my $server = IO::Socket::INET->new(Listen => 20, LocalAddr => "127.0.0.1", LocalPort => $set{port}, ReuseAddr => 1) or die "error: $!\n";
print "ready\n";
if ($set{dies}) { $SIG{ALRM} = sub { die "error: out of memory\n" }; alarm $set{dies}; }
while (1) {
  my $client = $server->accept or next;
  while (<$client>) { last if /^\r?$/; }
  print $client "HTTP/1.1 $set{status} Whatever\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
  close $client;
}
`;
const unit = `[Service]
ExecStart=/usr/bin/perl /usr/local/lib/demo.pl
Restart=on-failure
RestartSec=1
StartLimitBurst=50
`;
const secret = "hunter22-marked";
const configuration = `port=9090\npassword=${secret}\n`;

const health = (number: string, what: string, ...targets: readonly Line[]): readonly Line[] => [
  ["health", number, "what", what],
  ...targets.map((target) => ["health", number, ...target]),
];
const checks: readonly Line[] = [
  ...health("01", "demo runs", ["before", "unit", "demo.service"]),
  ...health("02", "demo listens", ["journal", "demo.service"], ["before", "port", "127.0.0.1", "9090"]),
  ...health(
    "03",
    "demo answers GET /health",
    ["journal", "demo.service"],
    ["before", "http", "http://127.0.0.1:9090/health"],
  ),
];
/** The new file keeps the password, which only the machine knows. */
const changed = (text: string, wait = "40", more: readonly Line[] = checks): readonly Line[] => [
  ["require", "/etc/demo.conf", sha256(configuration)],
  ["settle", wait],
  ...more,
  ...partsFile(
    "0001",
    "/etc/demo.conf",
    [
      ["text", "password="],
      ["slice", "/etc/demo.conf", String(configuration.indexOf(secret)), String(secret.length)],
      ["text", `\n${text}\n`],
    ],
    "0600",
  ),
  ["change", "0002", "unit", "demo.service", "restarted"],
];

const title = `the canary on %s${reason ? ` (skipped: ${reason})` : ""}`;
describe.skipIf(reason !== undefined).for(["bookworm", "trixie"] as const)(title, (release) => {
  let lab: Lab;
  let server: Server;
  let before: Awaited<ReturnType<typeof snapshotTree>>;
  let serial = 0;

  beforeAll(async () => {
    lab = await openLab();
    server = await lab.server({ release, flavour: "fresh" });
    await server.must(["mkdir", "-p", "-m", "700", "/var/lib/drawbridge/transactions"]);
    await server.writeFile("/usr/local/lib/demo.pl", program);
    await server.writeFile("/etc/systemd/system/demo.service", unit);
    await server.writeFile("/etc/demo.conf", configuration, { mode: "0600" });
    await server.must(["systemctl", "daemon-reload"]);
    await server.must(["systemctl", "start", "demo.service"]);
  });
  afterAll(() => lab?.close());

  const answers = async (port = 9090) => {
    const ask = `exec 3<>/dev/tcp/127.0.0.1/${port} && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && head -n 1 <&3`;
    return (await server.exec(["bash", "-c", ask])).stdout.trim();
  };
  const stage = async (lines: readonly Line[], confirm = 0): Promise<string> => {
    serial += 1;
    const id = `canary-${serial}`;
    upload(server.root, id, lines, { confirm });
    await server.must(["sh", runtime(id), "stage"]);
    return id;
  };
  const call = (id: string, ...words: readonly string[]) => server.exec(["sh", runtime(id), ...words]);
  const state = async (id: string): Promise<string> =>
    /^state\t(.*)$/mu.exec((await call(id, "status")).stdout)?.[1] ?? "";
  const reaches = (id: string, wanted: string) =>
    until(`state ${wanted}`, async () => ((await state(id)) === wanted ? true : undefined), { timeoutMs: 120_000 });

  beforeEach(async () => {
    await until("demo answers", async () => ((await answers()) === "HTTP/1.1 200 Whatever" ? true : undefined));
    before = await snapshotTree(server.root, { paths: ["/etc"] });
  });
  const expectUnchanged = async () => {
    expect(compareTrees(before, await snapshotTree(server.root, { paths: ["/etc"] }))).toEqual([]);
    expect(await answers()).toBe("HTTP/1.1 200 Whatever");
    expect(await server.must(["systemctl", "is-active", "demo.service"])).toBe("active\n");
  };
  afterEach(async () => {
    const folder = "/var/lib/drawbridge/transactions";
    const told = `cat ${folder}/*/events ${folder}/*/journal ${folder}/*/log ${folder}/*/manifest ${folder}/*/baseline 2>/dev/null`;
    expect((await server.exec(["sh", "-c", told])).stdout).not.toContain(secret);
  });

  test("what goes on to answer is kept, and what did not answer before is not demanded", async () => {
    const more = health("04", "nobody listens", ["before", "port", "127.0.0.1", "9999"]);
    const id = await stage(changed("port=9090\n# kept", "40", [...checks, ...more]));
    const { exitCode, stdout } = await call(id, "commit");
    expect(stdout).toContain("health\t04\tskipped\tbefore the change: nothing listens on 127.0.0.1 port 9999");
    expect(stdout.match(/^health\t0[1-4]\tok/gmu)).toEqual(["health\t01\tok", "health\t02\tok", "health\t03\tok"]);
    expect([exitCode, await state(id)]).toEqual([0, "confirmed"]);
    expect(await server.readFile("/etc/demo.conf")).toBe(`password=${secret}\nport=9090\n# kept\n`);
    expect((await call(id, "undo")).exitCode).toBe(0);
    await expectUnchanged();
  });

  test("a key that the program does not know: taken back by itself, with the program's words and without its secret", async () => {
    const id = await stage(changed("port=9090\nunknown=1"));
    const { exitCode, stdout } = await call(id, "commit");
    expect(exitCode).toBe(4);
    const told = /^error\t(.*)$/mu.exec(stdout)?.[1] ?? "";
    expect(told).toContain("not as before: demo runs: it failed, and systemd had to restart it");
    expect(told).toContain("demo.service says: error: unknown key unknown, and password=***");
    const again = stdout.slice(stdout.indexOf("state\treverted"));
    expect(again.match(/^health\t0[123]\tok/gmu)).toHaveLength(3);
    expect(await state(id)).toBe("reverted");
    await expectUnchanged();
  });

  test.each([
    ["another status", "status=503", /demo answers GET \/health: it answers with status 503 instead of 200/u],
    ["another port", "port=9091", /demo listens: nothing listens on 127\.0\.0\.1 port 9090/u],
    ["dead after ten seconds", "dies=10", /demo (?:runs|listens|answers GET \/health): .*error: out of memory/u],
  ])("%s is taken back when its time is over", async (_what, text, words) => {
    const id = await stage(changed(text, "6"));
    const { exitCode, stdout } = await call(id, "commit");
    expect([exitCode, await state(id)]).toEqual([4, "reverted"]);
    expect(/^error\t(.*)$/mu.exec(stdout)?.[1]).toMatch(words);
    await expectUnchanged();
  });

  test("what the plan moves is looked for where it moved to", async () => {
    const moved = health(
      "01",
      "demo answers GET /",
      ["before", "http", "http://127.0.0.1:9090/"],
      ["after", "http", "http://127.0.0.1:9191/"],
    );
    const id = await stage(changed("port=9191", "40", moved));
    expect((await call(id, "commit")).exitCode).toBe(0);
    expect(await answers(9191)).toBe("HTTP/1.1 200 Whatever");
    expect((await call(id, "undo")).exitCode).toBe(0);
    await expectUnchanged();
  });

  test("the client is killed while the machine waits: the machine takes it back alone, also before the timed revert", async () => {
    const id = await stage(changed("status=500", "12"), 5);
    const words = ["-F", lab.sshConfig(server), server.name, `sudo sh ${runtime(id)} commit`];
    const client = spawn("ip", ["netns", "exec", lab.client.namespace, "ssh", ...words], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    for await (const line of createInterface({ input: client.stdout }))
      if (line.startsWith("health\t01\twaiting")) break;
    client.kill("SIGKILL");
    expect(await state(id)).toBe("committing");
    await reaches(id, "reverted");
    expect(await server.readFile(`/var/lib/drawbridge/transactions/${id}/events`)).toMatch(/^health\t03\tfailed/mu);
    await expectUnchanged();
  });

  test.each([
    ["resumed and still broken", "status=500", "reverted", 4],
    ["resumed and well", "# fine\nport=9090", "confirmed", 0],
  ])("the runtime itself is killed while it waits: %s", async (_what, text, ends, exitCode) => {
    const id = await stage(changed(text, "8"));
    const kill = `sh ${runtime(id)} commit | while read -r line; do case $line in "health	01	waiting"*) pkill -KILL -f "runtime commi[t]";; esac; done`;
    await server.exec(["sh", "-c", kill]);
    expect(await state(id)).toBe("committing");
    const resumed = await call(id, "resume");
    expect([resumed.exitCode, await state(id)]).toEqual([exitCode, ends]);
    expect(resumed.stdout).toMatch(/^health\t01\twaiting/mu);
    if (ends === "confirmed") expect((await call(id, "undo")).exitCode).toBe(0);
    await expectUnchanged();
  });

  test("a power cut while it waits: the armed revert takes it back after the next boot", async () => {
    const id = await stage(changed("status=500", "30"), 15);
    const commit = server.exec(["sh", runtime(id), "commit"]);
    await until("it waits", async () =>
      /^health\t01\twaiting/mu.test(await server.readFile(`/var/lib/drawbridge/transactions/${id}/events`))
        ? true
        : undefined,
    );
    await server.powerCut();
    await commit.catch(() => {});
    await server.waitForBoot();
    await reaches(id, "reverted");
    await server.must(["systemctl", "start", "demo.service"]);
    await until("demo answers", async () => ((await answers()) === "HTTP/1.1 200 Whatever" ? true : undefined));
    expect(await server.readFile("/etc/demo.conf")).toBe(configuration);
  });
});
