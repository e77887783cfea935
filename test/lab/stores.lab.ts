import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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
  run,
  type Server,
  snapshotTree,
  until,
} from "./harness/index.ts";
import { installIntegration, smallJvm } from "./workload/index.ts";

const reason = labOrSkip();
const note = reason === undefined ? "" : ` (skipped: ${reason})`;
const ids = [
  "stores-default-certificate",
  "stores-password",
  "stores-separation",
  "stores-trusts-default",
  "stores-key-strength",
  "stores-expiry",
  "stores-names",
  "stores-chain",
  "stores-kind",
  "stores-permissions",
  "stores-expiry-watch",
];
const only = ids.flatMap((id) => ["--control", id]);
const moving = ["/var/lib/drawbridge", "/var/log", "/opt/orders/logs", "/tmp"];

const configuration = `# Orders
httpsPort = 9443
keystorePath = "/opt/orders/ballerinaKeystore.p12"   # as shipped
keystorePassword = "ballerina"
truststorePath = "/opt/orders/ballerinaKeystore.p12"
truststorePassword = "ballerina"
`;

/** An authority of the lab, with one in between. */
const authority = async (folder: string) => {
  const openssl = async (...words: string[]) => {
    const { exitCode, stderr } = await run(["openssl", ...words], { timeoutMs: 60_000 });
    if (exitCode !== 0) throw new Error(`openssl ${words.join(" ")}: ${stderr}`);
  };
  const at = (name: string) => join(folder, name);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  await writeFile(at("ca.ext"), "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n");
  await openssl(
    "req",
    "-x509",
    ...key,
    "-keyout",
    at("root.key"),
    "-subj",
    "/O=Lab/CN=Lab Root",
    "-days",
    "900",
    "-out",
    at("root.pem"),
  );
  await openssl("req", ...key, "-keyout", at("middle.key"), "-subj", "/O=Lab/CN=Lab Middle", "-out", at("middle.csr"));
  const signed = (csr: string, by: string, out: string, more: readonly string[]) =>
    openssl(
      "x509",
      "-req",
      "-in",
      at(csr),
      "-CA",
      at(`${by}.pem`),
      "-CAkey",
      at(`${by}.key`),
      "-CAcreateserial",
      "-days",
      "300",
      ...more,
      "-out",
      at(out),
    );
  await signed("middle.csr", "root", "middle.pem", ["-extfile", at("ca.ext")]);
  return {
    rootPath: at("root.pem"),
    /** What the authority sends back: the certificate, and the one in between. */
    answer: async (request: string) => {
      await writeFile(at("request.csr"), request);
      await signed("request.csr", "middle", "leaf.pem", ["-copy_extensions", "copy"]);
      return {
        leaf: await readFile(at("leaf.pem"), "utf8"),
        middle: await readFile(at("middle.pem"), "utf8"),
        root: await readFile(at("root.pem"), "utf8"),
      };
    },
    stranger: async () => {
      await openssl(
        "req",
        ...key,
        "-keyout",
        at("stranger.key"),
        "-subj",
        "/CN=orders.example.org",
        "-out",
        at("stranger.csr"),
      );
      await signed("stranger.csr", "middle", "stranger.pem", []);
      return readFile(at("stranger.pem"), "utf8");
    },
  };
};

describe.skipIf(reason !== undefined).each([...releases])(
  `an integration with the key that everybody has, on %s${note}`,
  (release) => {
    let lab: Lab;
    let server: Server;
    let folder: string;
    let before: Awaited<ReturnType<typeof snapshotTree>>;
    let first: string;
    const told: string[] = [];
    const cli: Drawbridge = async (...words) => {
      const result = await drawbridgeOver(lab, server)(...words);
      told.push(result.stdout, result.stderr);
      return result;
    };
    const sh = (text: string) => server.must(["sh", "-euc", text]);
    const verdicts = async () => {
      const { findings } = document<InspectionDocument>(await cli("inspect", "--format", "json", ...only));
      return Object.fromEntries(findings.map(({ controlId, result }) => [controlId, result]));
    };
    const failing = async () =>
      Object.entries(await verdicts())
        .filter(([, result]) => result !== "pass")
        .map(([id]) => id);
    const handshake = async (...words: string[]) =>
      run(["openssl", "s_client", "-connect", `${server.address}:9443`, ...words], { timeoutMs: 15_000, input: "" });
    /** Fingerprint of the certificate that is served. */
    const served = () =>
      until(
        "the integration serves a certificate",
        async () => {
          const { stdout } = await handshake();
          const pem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/u.exec(stdout)?.[0];
          if (pem === undefined) return undefined;
          const shown = await run(["openssl", "x509", "-noout", "-fingerprint", "-sha256"], {
            timeoutMs: 15_000,
            input: pem,
          });
          return shown.stdout.trim() || undefined;
        },
        { timeoutMs: 60_000 },
      );
    const apply = async (...words: string[]) =>
      document<AppliedDocument>(await cli("apply", "--format", "json", "--yes", "--recommended", ...words, ...only));
    const planned = async (...words: string[]) =>
      document<PlanDocument>(await cli("plan", "--format", "json", ...words, ...only)).changes;
    const passwords = async () =>
      [...(await sh("cat /opt/orders/Config.toml")).matchAll(/Password = "([^"]+)"/gu)].map(([, text = ""]) => text);

    beforeAll(async () => {
      lab = await openLab();
      folder = await mkdtemp(join(tmpdir(), "drawbridge-stores-"));
      server = await lab.server({ release, flavour: "java" });
      await sh("mkdir -p /opt/orders");
      await sh(
        "openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -keyout /opt/key -out /opt/cert -subj '/C=US/ST=CA/L=Mountain View/O=WSO2/OU=WSO2/CN=localhost' 2>/dev/null; openssl pkcs12 -export -inkey /opt/key -in /opt/cert -name ballerina -passout pass:ballerina -out /opt/orders/ballerinaKeystore.p12; rm /opt/key /opt/cert; chmod 644 /opt/orders/ballerinaKeystore.p12",
      );
      await installIntegration(server, {
        name: "orders",
        config: configuration,
        unit: { jvm: [...smallJvm] },
        ports: [9443],
      });
      first = await served();
      await lab.client.ssh(server, "sudo -n true");
      before = await snapshotTree(server.root, { exclude: moving });
    });
    afterAll(async () => {
      await lab?.close();
      if (folder) await rm(folder, { recursive: true, force: true });
    });

    test("is found, in every way in which it is wrong", async () => {
      expect(await failing()).toEqual([
        "stores-default-certificate",
        "stores-password",
        "stores-separation",
        "stores-trusts-default",
        "stores-names",
        "stores-chain",
        "stores-permissions",
        "stores-expiry-watch",
      ]);
    });

    test("gets a key of its own, and the other certificate is served", async () => {
      const { state, reason: why } = await apply("--set", "stores.names=orders.example.org,10.0.0.5");
      expect([state, why]).toEqual(["confirmed", ""]);
      expect(await failing()).toEqual([]);
      expect(await planned()).toEqual([]);
      expect(await served()).not.toBe(first);
      expect(
        await sh("stat -c '%a %U:%G' /etc/ssl/orders/key.pem /etc/ssl/orders/keystore.p12 /etc/ssl/orders/request.csr"),
      ).toBe("600 root:root\n640 root:orders\n644 root:root\n");
      expect(await sh("cat /opt/orders/Config.toml")).toContain("# as shipped");
    });

    test("has passwords that nobody was told", async () => {
      const made = await passwords();
      expect(made.map(({ length }) => length)).toEqual([32, 32]);
      const everywhere = [
        ...told,
        await sh(
          "journalctl --no-pager; cat /proc/[0-9]*/cmdline | tr '\\0' ' '; cat /var/lib/drawbridge/transactions/*/log /var/lib/drawbridge/transactions/*/events",
        ),
      ].join("\n");
      for (const password of made) expect(everywhere).not.toContain(password);
      expect(
        await sh(
          "find /etc/ssl/orders /var/lib/drawbridge -name '*password*'; find /var/lib/drawbridge/transactions/*/random -type f 2>/dev/null || true",
        ),
      ).toBe("");
    });

    test("is watched, and the watch strikes when the time has come", async () => {
      await sh("systemctl start drawbridge-certificate-expiry.service");
      expect(await sh("systemctl is-active drawbridge-certificate-expiry.timer")).toBe("active\n");
      const late = await server.exec([
        "sh",
        "/usr/local/lib/drawbridge/certificate-expiry",
        "400",
        "/etc/ssl/orders/certificate.pem",
      ]);
      expect([late.exitCode, late.stdout]).toEqual([1, expect.stringContaining("within 400 days")]);
    });

    test("takes no answer that is not for its key, or whose chain is broken", async () => {
      const ca = await authority(folder);
      const kept = await served();
      const wrong = `${await ca.stranger()}`;
      const { leaf } = await ca.answer(await sh("cat /etc/ssl/orders/request.csr"));
      for (const [text, words] of [
        [wrong, "belongs to another key"],
        [leaf, "the certificate of CN=Lab Middle, O=Lab is missing"],
      ] as const) {
        await server.writeFile("/etc/ssl/orders/answer.pem", text, { mode: "0644" });
        const asked = await cli(
          "apply",
          "--yes",
          "--recommended",
          "--set",
          "stores.repair=import",
          "--set",
          "stores.certificate=/etc/ssl/orders/answer.pem",
          ...only,
        );
        expect(asked.exitCode).not.toBe(0);
        expect(asked.stderr).toContain(words);
        expect(await planned("--set", "stores.repair=import")).toEqual([]);
      }
      expect(await served()).toBe(kept);
    });

    test("serves what the authority signed, with a chain that a client can follow", async () => {
      const ca = await authority(folder);
      const { leaf, middle, root } = await ca.answer(await sh("cat /etc/ssl/orders/request.csr"));
      await server.writeFile("/etc/ssl/orders/answer.pem", `${leaf}${middle}${root}`, { mode: "0644" });
      const old = await passwords();
      const { state, reason: why } = await apply("--set", "stores.repair=import");
      expect([state, why]).toEqual(["confirmed", ""]);
      expect(await passwords()).not.toEqual(old);
      await served();
      const { stdout } = await handshake(
        "-CAfile",
        ca.rootPath,
        "-verify_hostname",
        "orders.example.org",
        "-verify_return_error",
      );
      expect(stdout).toContain("Verify return code: 0 (ok)");
      expect(await failing()).toEqual([]);
      expect(await planned()).toEqual([]);
    });

    test("has its own bytes and its old certificate back after undo", async () => {
      await sh("rm /etc/ssl/orders/answer.pem");
      for (const _ of ["import", "new key"]) expect((await cli("undo", "--yes")).exitCode).toBe(0);
      expect(compareTrees(before, await snapshotTree(server.root, { exclude: moving }))).toEqual([]);
      expect(await served()).toBe(first);
    });
  },
);

const shortPassword = "orders26";

/** As a JDK of 2018 made them, with a password of eight letters; the truststore still trusts the example key. */
const oldStores = `set -eu
cd /opt/orders
printf ${shortPassword} >/root/password
keytool -genkeypair -alias orders -keyalg RSA -keysize 2048 -dname CN=orders.example.org -ext SAN=dns:orders.example.org -validity 900 -storetype PKCS12 -keystore orders.p12 -storepass:file /root/password -J-Dkeystore.pkcs12.legacy
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -keyout /root/key -out /root/example.pem -subj '/C=US/ST=CA/L=Mountain View/O=WSO2/OU=WSO2/CN=localhost'
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -keyout /root/key -out /root/partner.pem -subj '/O=Partner/CN=Partner Root'
for name in example partner; do
  keytool -importcert -noprompt -alias $name -file /root/$name.pem -storetype JKS -keystore trust.jks -storepass:file /root/password
done
rm /root/key /root/example.pem /root/partner.pem /root/password
chown root:orders orders.p12 trust.jks
chmod 640 orders.p12 trust.jks
`;

describe.skipIf(reason !== undefined).each([...releases])(
  `an integration whose key is its own, in old stores, on %s${note}`,
  (release) => {
    let lab: Lab;
    let server: Server;
    let before: Awaited<ReturnType<typeof snapshotTree>>;
    const cli: Drawbridge = (...words) => drawbridgeOver(lab, server)(...words);
    const sh = (text: string) => server.must(["sh", "-euc", text]);
    const failing = async () =>
      document<InspectionDocument>(await cli("inspect", "--format", "json", ...only))
        .findings.filter(({ result }) => result !== "pass")
        .map(({ controlId }) => controlId);
    const served = () =>
      until(
        "the integration serves a certificate",
        async () => {
          const { stdout } = await run(["openssl", "s_client", "-connect", `${server.address}:9443`], {
            timeoutMs: 15_000,
            input: "",
          });
          return /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/u.exec(stdout)?.[0];
        },
        { timeoutMs: 60_000 },
      );

    beforeAll(async () => {
      lab = await openLab();
      server = await lab.server({ release, flavour: "java" });
      await sh("useradd --system orders; mkdir -p /opt/orders");
      await sh(oldStores);
      await installIntegration(server, {
        name: "orders",
        config: `httpsPort = 9443
keystorePath = "/opt/orders/orders.p12"
keystorePassword = "${shortPassword}"
truststorePath = "/opt/orders/trust.jks"
truststorePassword = "${shortPassword}"
`,
        unit: { jvm: [...smallJvm] },
        ports: [9443],
      });
      await served();
      await lab.client.ssh(server, "sudo -n true");
      before = await snapshotTree(server.root, { exclude: moving });
    });
    afterAll(() => lab?.close());

    test("keeps its key and gets better stores", async () => {
      const certificate = await served();
      expect(await failing()).toEqual([
        "stores-password",
        "stores-trusts-default",
        "stores-chain",
        "stores-kind",
        "stores-expiry-watch",
      ]);
      const applied = await cli(
        "apply",
        "--format",
        "json",
        "--yes",
        "--recommended",
        "--set",
        "stores.self-signed=true",
        ...only,
      );
      const { state, reason: why } = document<AppliedDocument>(applied);
      expect([state, why]).toEqual(["confirmed", ""]);
      expect(await served()).toBe(certificate);
      expect(await failing()).toEqual([]);
      expect(applied.stdout).not.toContain(shortPassword);
    });

    test("trusts its partner and nobody who has the example key", async () => {
      const listed = await sh(
        `sed -n 's/^truststorePassword = "\\(.*\\)"/\\1/p' /opt/orders/Config.toml | tr -d '\\n' >/tmp/password; keytool -list -keystore /etc/ssl/orders/truststore.p12 -storepass:file /tmp/password; rm /tmp/password`,
      );
      expect(listed).toContain("Keystore type: PKCS12");
      expect(listed).toMatch(/^partner, .*trustedCertEntry/mu);
      expect(listed).not.toContain("example,");
      expect(await sh("ls /etc/ssl/orders")).toBe("certificate.pem\nkeystore.p12\ntruststore.p12\n");
    });

    test("has everything back after undo", async () => {
      expect((await cli("undo", "--yes")).exitCode).toBe(0);
      expect(compareTrees(before, await snapshotTree(server.root, { exclude: moving }))).toEqual([]);
      await served();
    });
  },
);
