import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answerReader } from "../../src/core/answers.ts";
import { known } from "../../src/model/fact.ts";
import { handshakes, type ListenerSurvey } from "../../src/probes/handshakes.ts";
import { listeners } from "../../src/probes/listeners.ts";
import { generateTls } from "../../steps/runtime/tls/generate.ts";
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
import { offered, testssl } from "./testssl.ts";
import { requestCounter } from "./workload/index.ts";

const reason = labOrSkip();
const note = reason === undefined ? "" : ` (skipped: ${reason})`;

const judged = [
  "protocols",
  "ciphers",
  "key-exchange",
  "certificate-served",
  "system-policy",
  "agreement",
  "review-age",
].map((name) => `tls-${name}`);
const only = judged.flatMap((id) => ["--control", id]);

/** A CA of the lab's own and a certificate of it for both proxies, as a careful operator has them. */
const certificate = `cd /root
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 400 -subj '/CN=Lab CA' -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign -keyout ca.key -out ca.pem
openssl req -newkey rsa:3072 -nodes -subj /CN=orders.example -keyout own.key -out own.csr
printf 'subjectAltName=DNS:orders.example\\nextendedKeyUsage=serverAuth\\nkeyUsage=critical,digitalSignature\\nbasicConstraints=critical,CA:FALSE\\ncrlDistributionPoints=URI:http://crl.example/lab.crl\\n' > own.ext
openssl x509 -req -in own.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 200 -extfile own.ext -out own.pem
cat own.pem ca.pem > /etc/nginx/own.pem; install -m 0600 own.key /etc/nginx/own.key
cat own.pem ca.pem own.key > /etc/haproxy/own.pem; chmod 0600 /etc/haproxy/own.pem`;

/** Headers are the application's: with them testssl.sh judges TLS alone. */
const headers = [
  'add_header Strict-Transport-Security "max-age=63072000" always;',
  "add_header X-Content-Type-Options nosniff always;",
  "add_header Content-Security-Policy \"default-src 'none'\" always;",
];

const site = `server {
    listen 443 ssl;
    server_name orders.example;
    ssl_certificate /etc/nginx/own.pem;
    ssl_certificate_key /etc/nginx/own.key;
    ssl_protocols TLSv1 TLSv1.1 TLSv1.2; ssl_ciphers "ALL:@SECLEVEL=0"; # for an old scanner
    ${headers.join("\n    ")}
    location / { proxy_set_header Authorization "Bearer MARKED-nginx-token-9Qx"; return 200 "ok\\n"; }
}
`;

const haproxy = `
frontend web
	bind :8443 ssl crt /etc/haproxy/own.pem ssl-min-ver TLSv1.0 ciphers ALL:@SECLEVEL=0
	http-after-response set-header Strict-Transport-Security max-age=63072000
	http-after-response set-header X-Content-Type-Options nosniff
	http-after-response set-header Content-Security-Policy "default-src 'none'"
	default_backend app
backend app
	http-request return status 200 content-type text/plain string "ok"
userlist people
	user op insecure-password MARKED-haproxy-password-9Qx
`;

describe.skipIf(reason !== undefined)(`TLS of proxies${note}`, () => {
  let lab: Lab;
  let judge: Server;
  beforeAll(async () => {
    lab = await openLab();
    judge = await lab.server({ release: "trixie", flavour: "scanner", name: "judge" });
  });
  afterAll(() => lab?.close());

  describe.each([...releases])("from %s with TLS 1.0", (release) => {
    let server: Server;
    let cli: Drawbridge;
    let before: Awaited<ReturnType<typeof snapshotTree>>;
    let applied: AppliedDocument;
    let said = "";
    const sh = (text: string) => server.must(["sh", "-euc", text]);
    const run: Drawbridge = async (...words) => {
      const result = await cli(...words);
      said += result.stdout + result.stderr;
      return result;
    };
    const findings = async () =>
      document<InspectionDocument>(await run("inspect", "--format", "json", ...only)).findings;
    const verdicts = async () =>
      Object.fromEntries((await findings()).map(({ controlId, result }) => [controlId.slice("tls-".length), result]));

    /** What our own program says on the machine, program by program. */
    const surveyed = async (
      interpreter: "all" | "without-perl" | "bash-only",
      ports: readonly number[] = [443, 8443],
    ): Promise<readonly ListenerSurvey[]> => {
      const sockets = await server.must(["sh", "-c", listeners.script]);
      const seen = listeners.parse({ stdout: sockets, exitCode: 0, truncated: false, timedOut: false });
      if (seen.state !== "known") throw new Error(seen.reason);
      const nothing = { state: "absent", reason: "not asked here" } as const;
      const facts = {
        sockets: seen.value.filter(({ port }) => ports.includes(port)),
        here: nothing,
        servers: nothing,
      };
      const hide =
        interpreter === "all"
          ? ""
          : `perl() { return 1; }; ${interpreter === "bash-only" ? 'command() { case $2 in python3 | */platform-python) return 1 ;; esac; builtin command "$@"; };' : ""}`;
      const stdout = await server.must(["bash", "-c", `${hide}${handshakes.script}`], {
        input: handshakes.input?.(facts) ?? "",
        timeoutMs: 60_000,
      });
      const fact = handshakes.parse({ stdout, exitCode: 0, truncated: false, timedOut: false }, facts);
      if (fact.state !== "known") throw new Error(fact.reason);
      return fact.value.listeners;
    };
    const sorted = ({ suites }: ListenerSurvey) =>
      Object.fromEntries(Object.entries(suites).map(([protocol, codes]) => [protocol, [...codes].sort()]));

    beforeAll(async () => {
      server = await lab.server({ release, flavour: "proxy" });
      cli = drawbridgeOver(lab, server);
      await sh(certificate);
      await judge.writeFile("/root/ca.pem", await server.readFile("/root/ca.pem"));
      await server.writeFile("/etc/nginx/sites-enabled/orders", site);
      await sh(`cat >> /etc/haproxy/haproxy.cfg <<'X'\n${haproxy}X`);
      await sh(
        "haproxy -c -q -f /etc/haproxy/haproxy.cfg; nginx -t -q; systemctl enable --quiet --now nginx haproxy; systemctl restart nginx haproxy",
      );
      // The first sudo of a session leaves traces of its own.
      await lab.client.ssh(server, "sudo -n true");
      before = await snapshotTree(server.root, {
        exclude: ["/var/lib/drawbridge", "/var/log", "/var/cache", "/run", "/tmp"],
      });
    });

    test("our handshakes and testssl.sh agree about protocols and suites", async () => {
      const ours = await surveyed("all");
      for (const port of [443, 8443]) {
        const survey = ours.find(({ listener }) => listener.port === port) as ListenerSurvey;
        const theirs = offered(await testssl(judge, server.address, port, ["-p", "-E"]));
        expect({ port, ...sorted(survey) }).toEqual({ port, ...theirs });
      }
    });

    test("bash alone sees the same protocols", async () => {
      const ours = await surveyed("bash-only");
      expect(ours.map(({ protocols }) => protocols.includes("TLSv1.2"))).toEqual([true, true]);
    });

    test("both are found to speak what is outdated", async () => {
      expect(await verdicts()).toEqual({
        protocols: "fail",
        ciphers: "fail",
        "key-exchange": "pass",
        "certificate-served": "pass",
        "system-policy": "pass",
        agreement: "fail",
        "review-age": "pass",
      });
    });

    test("one apply puts both right without losing a request", async () => {
      const counter = await requestCounter(lab, `https://${server.address}/`, `https://${server.address}:8443/`);
      applied = document<AppliedDocument>(await run("apply", "--recommended", "--yes", "--format", "json", ...only));
      const counted = await counter.stop();
      expect(applied).toMatchObject({ state: "confirmed" });
      expect(Object.values(counted).map(({ failed }) => failed)).toEqual([0, 0]);
      expect(Object.values(counted).every(({ ok }) => ok > 0)).toBe(true);
      expect(Object.values(await verdicts())).toEqual(judged.map(() => "pass"));
      await sh("nginx -t -q; haproxy -c -q -f /etc/haproxy/haproxy.cfg");
    });

    test("and nothing is left to do", async () => {
      const { changes } = document<PlanDocument>(await run("plan", "--recommended", "--format", "json", ...only));
      expect(changes).toEqual([]);
    });

    test("testssl.sh finds nothing above LOW and gives an A or better", async () => {
      const reports = await Promise.all(
        [443, 8443].map(async (port) => ({ port, report: await testssl(judge, server.address, port) })),
      );
      for (const { port, report } of reports) {
        const serious = report.filter(({ severity }) => ["MEDIUM", "HIGH", "CRITICAL", "FATAL"].includes(severity));
        expect(serious.map(({ id, finding }) => `${port} ${id}: ${finding}`)).toEqual([]);
        expect(report.find(({ id }) => id === "overall_grade")?.finding).toMatch(/^A/u);
      }
    }, 1_200_000);

    test("what was secret in the proxies' files was never shown", () => {
      expect(said).not.toMatch(/MARKED-/u);
    });

    test("undo gives every byte back, and both answer TLS 1.0 again", async () => {
      await run("undo", applied.transactionId, "--yes");
      const after = await snapshotTree(server.root, {
        exclude: ["/var/lib/drawbridge", "/var/log", "/var/cache", "/run", "/tmp"],
      });
      expect(compareTrees(before, after)).toEqual([]);
      expect((await surveyed("without-perl")).map(({ protocols }) => protocols.includes("TLSv1"))).toEqual([
        true,
        true,
      ]);
    });

    test("servers that say nothing, garbage, or never end cost little time and are no TLS", async () => {
      const serve = (port: number, answer: string) =>
        `$SIG{PIPE} = "IGNORE"; my $s = IO::Socket::IP->new(LocalPort => ${port}, LocalHost => "127.0.0.1", Listen => 5, ReuseAddr => 1) or die; while (my $c = $s->accept) { ${answer} }`;
      const programs: readonly (readonly [number, string])[] = [
        [7001, "push @kept, $c"],
        [7002, 'print $c "\\x16\\x03\\x03\\x40\\x00" . ("A" x 20000) for 1 .. 200'],
        [7003, 'print $c "SSH-2.0-OpenSSH_9.2\\r\\n"; push @kept, $c'],
        [7004, "close $c"],
        [7005, 'sysread $c, my $x, 1; print $c "\\x15\\x03\\x03"; push @kept, $c'],
      ];
      for (const [port, answer] of programs)
        await server.must([
          "systemd-run",
          `--unit=hostile-${port}`,
          "--quiet",
          "perl",
          "-MIO::Socket::IP",
          "-e",
          `our @kept; ${serve(port, answer)}`,
        ]);
      const ports = programs.map(([port]) => port);
      const listening = async () => (await server.must(["ss", "-Hltn"])).match(/:700[1-5]\b/gu)?.length;
      await until("they listen", async () => (await listening()) === ports.length || undefined, { timeoutMs: 20_000 });
      for (const interpreter of ["all", "without-perl", "bash-only"] as const) {
        const found = await surveyed(interpreter, ports);
        expect(found.map(({ listener }) => listener.port).sort()).toEqual(ports);
        expect(found.every(({ protocols, speaks }) => protocols.length === 0 && speaks !== "tls")).toBe(true);
        expect(found.find(({ listener }) => listener.port === 7003)?.said).toContain("SSH-2.0");
      }
      for (const port of ports) await server.must(["systemctl", "stop", `hostile-${port}`]);
    });

    test("the generated files are accepted by the programs they are for", async () => {
      const files = generateTls(
        answerReader(new Map([[listeners.id, known([])]]), { "tls.certificate": "/etc/haproxy/own.pem" }),
      );
      const content = (path: string) => files.find((file) => file.path === path)?.content ?? "";
      const nginx = content("/etc/nginx/sites-available/integration-tls").replace(
        "/etc/haproxy/own.key",
        "/etc/nginx/own.key",
      );
      await sh("mkdir -p /tmp/generated");
      await server.writeFile("/tmp/generated/nginx.conf", `events {}\nhttp {\n${nginx}}\n`);
      await server.writeFile("/tmp/generated/haproxy.cfg", content("/etc/haproxy/haproxy.cfg"));
      await sh("nginx -t -q -c /tmp/generated/nginx.conf; haproxy -c -q -f /tmp/generated/haproxy.cfg");
    });
  });
});
