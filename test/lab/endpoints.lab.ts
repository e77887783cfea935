import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type AppliedDocument,
  type Drawbridge,
  document,
  drawbridgeOver,
  type InspectionDocument,
  type PlanDocument,
} from "./drawbridge.ts";
import { compareTrees, type Lab, labOrSkip, openLab, type Server, snapshotTree, until } from "./harness/index.ts";
import { installIntegration, mark, marksIn, smallJvm } from "./workload/index.ts";

const reason = labOrSkip();
const note = reason === undefined ? "" : ` (skipped: ${reason})`;

const ids = ["encrypted", "verification", "handshake", "egress"].map((name) => `endpoint-${name}`);
const only = ids.flatMap((id) => ["--control", id]);
const exclude = ["/var/lib/drawbridge", "/var/log", "/var/cache", "/run", "/tmp"];

/** An authority of the lab's own, and a partner's certificate that it signed. */
const certificates = `cd /root
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 400 -subj '/CN=Lab CA' -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign -keyout ca.key -out ca.pem
openssl req -newkey rsa:2048 -nodes -subj /CN=partner.example -keyout partner.key -out partner.csr
printf 'subjectAltName=DNS:partner.example\\nbasicConstraints=critical,CA:FALSE\\n' > partner.ext
openssl x509 -req -in partner.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 200 -extfile partner.ext -out partner.pem
cp partner.pem partner.key /etc/nginx/`;

const partnerSite = `server {
    listen 80;
    listen 443 ssl;
    server_name partner.example;
    ssl_certificate /etc/nginx/partner.pem;
    ssl_certificate_key /etc/nginx/partner.key;
    location / { return 200 "in stock\\n"; }
}
`;

const config = `# orders
upstreamUrl = "http://partner.example/stock"   # the warehouse

[upstreamSecureSocket]
enable = false
verifyHostName = false

[notifications]
endpoint = "https://elsewhere.example/orders"
token = "${mark("endpoint-token")}"
`;

describe.skipIf(reason !== undefined)(`outgoing calls${note}`, () => {
  let lab: Lab;
  let server: Server;
  let partner: Server;
  let before: Awaited<ReturnType<typeof snapshotTree>>;
  let applied: AppliedDocument;
  let said = "";
  const run: Drawbridge = async (...words) => {
    const result = await drawbridgeOver(lab, server)(...words);
    said += result.stdout + result.stderr;
    return result;
  };
  const sh = (text: string) => server.must(["sh", "-euc", text]);
  const verdicts = async (...words: readonly string[]) => {
    const { findings } = document<InspectionDocument>(await run("inspect", "--format", "json", ...only, ...words));
    return Object.fromEntries(findings.map(({ controlId, result, detail }) => [controlId, { result, detail }]));
  };
  const upstream = async () =>
    (
      await server.exec([
        "curl",
        "--silent",
        "--output",
        "/dev/null",
        "--write-out",
        "%{http_code}",
        "http://127.0.0.1:9090/upstream",
      ])
    ).stdout;
  const calls = () =>
    until("the integration reaches its partner", async () => (await upstream()) === "200" || undefined, {
      timeoutMs: 30_000,
    });

  beforeAll(async () => {
    lab = await openLab();
    [server, partner] = await Promise.all([
      lab.server({ release: "bookworm", flavour: "proxy" }),
      lab.server({ release: "bookworm", flavour: "proxy", name: "partner" }),
    ]);
    await partner.must(["sh", "-euc", certificates]);
    await partner.writeFile("/etc/nginx/sites-enabled/partner", partnerSite);
    await partner.must([
      "sh",
      "-euc",
      "rm -f /etc/nginx/sites-enabled/default; systemctl enable --quiet --now nginx; systemctl restart nginx",
    ]);
    await server.writeFile("/usr/local/share/ca-certificates/lab.crt", await partner.readFile("/root/ca.pem"));
    await sh(`update-ca-certificates >/dev/null 2>&1
printf '%s partner.example elsewhere.example\\n' ${partner.address} >> /etc/hosts`);
    await installIntegration(server, {
      name: "orders",
      user: "orders",
      config,
      configMode: "0640",
      unit: { jvm: [...smallJvm] },
      ports: [9090],
    });
    await calls();
    await lab.client.ssh(server, "sudo -n true");
    before = await snapshotTree(server.root, { exclude });
  });
  afterAll(() => lab?.close());

  test("plain text, switched-off verification and a wrong name are found", async () => {
    const found = await verdicts();
    expect(found["endpoint-encrypted"]).toMatchObject({ result: "fail" });
    expect(found["endpoint-encrypted"]?.detail).toContain("answers TLS on port 443");
    expect(found["endpoint-verification"]).toMatchObject({ result: "fail" });
    expect(found["endpoint-handshake"]).toMatchObject({ result: "fail" });
    expect(found["endpoint-handshake"]?.detail).toContain("its certificate is for partner.example");
    expect(found["endpoint-egress"]).toMatchObject({ result: "notapplicable" });
  });

  test("what the configuration decides is put right, and the call goes on by https", async () => {
    const words = ["encrypted", "verification"].flatMap((name) => ["--control", `endpoint-${name}`]);
    applied = document<AppliedDocument>(await run("apply", "--recommended", "--yes", "--format", "json", ...words));
    expect(applied).toMatchObject({ state: "confirmed" });
    const text = await server.readFile("/opt/orders/Config.toml");
    expect(text).toContain('upstreamUrl = "https://partner.example/stock"   # the warehouse');
    expect(text).toContain("enable = true\nverifyHostName = true\n");
    await calls();
    const found = await verdicts();
    expect(found["endpoint-encrypted"]).toMatchObject({ result: "pass" });
    expect(found["endpoint-verification"]).toMatchObject({ result: "pass" });
    expect(document<PlanDocument>(await run("plan", "--recommended", "--format", "json", ...words)).changes).toEqual(
      [],
    );
  });

  test("undo gives every byte back", async () => {
    await run("undo", applied.transactionId, "--yes");
    expect(compareTrees(before, await snapshotTree(server.root, { exclude }))).toEqual([]);
    await calls();
  });

  test("a list of addresses is held by systemd, and the partner on it stays within reach", async () => {
    const allowed = JSON.stringify(["127.0.0.0/8", "::1/128", partner.address]);
    const answers = ["--set", "endpoints.egress=allow-list", "--set", `endpoints.allowed=${allowed}`];
    const held = document<AppliedDocument>(
      await run("apply", "--recommended", "--yes", "--format", "json", "--control", "endpoint-egress", ...answers),
    );
    expect(held).toMatchObject({ state: "confirmed" });
    expect(await sh("systemctl show -p IPAddressDeny -p IPAddressAllow orders.service")).toContain(partner.address);
    await calls();
    expect((await verdicts())["endpoint-egress"]).toMatchObject({ result: "pass" });
    await run("undo", held.transactionId, "--yes");
    expect(compareTrees(before, await snapshotTree(server.root, { exclude }))).toEqual([]);
  });

  test("a partner that does not answer is unknown, and costs little time", async () => {
    await sh("sed -i 's/^.* partner.example.*$/192.0.2.1 partner.example elsewhere.example/' /etc/hosts");
    const found = await verdicts();
    expect(found["endpoint-handshake"]).toMatchObject({ result: "unknown" });
    expect(found["endpoint-encrypted"]?.detail).toContain("nobody answered on port 443 in time");
  });

  test("no secret was shown", () => {
    expect(marksIn(said)).toEqual([]);
  });
});
