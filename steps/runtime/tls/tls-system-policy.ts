import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass, unknownVerdict } from "../../../src/model/finding.ts";
import { type TlsSystem, tlsSystem } from "../../../src/probes/tls-system.ts";

const outdated = /^(?:SSLv3|TLSv1(?:\.1)?|None)$/u;

const problemsOf = ({ settings, cryptoPolicy, file }: TlsSystem): readonly string[] => {
  const minimum = settings.get("MinProtocol");
  const ciphers = settings.get("CipherString") ?? "";
  const level = /@SECLEVEL=([0-9])/u.exec(ciphers)?.[1];
  return [
    ...(cryptoPolicy !== undefined && /^LEGACY|:.*SHA1(?!-)/u.test(cryptoPolicy) && !/NO-SHA1/u.test(cryptoPolicy)
      ? [`the crypto policy ${cryptoPolicy} allows what DEFAULT forbids`]
      : []),
    ...(minimum !== undefined && outdated.test(minimum) ? [`${file} sets MinProtocol = ${minimum}`] : []),
    ...(level !== undefined && Number(level) < 1
      ? [`${file} sets @SECLEVEL=${level}: no key and no hash is too weak`]
      : []),
  ];
};

/** config(5ssl), SSL_CONF_cmd(3ssl), crypto-policies(7). */
export const tlsSystemPolicy = control({
  id: "tls-system-policy",
  guideline: ["RT-09", "RT-10"],
  title: "The system's own TLS defaults forbid outdated protocols",
  failing: "The system's own TLS defaults allow outdated protocols",
  severity: "medium",
  risk: "none",
  rationale:
    "Programs that say nothing about TLS take the system's word: curl, cron jobs, database clients, the package manager. A line that once let an old device in lets everything in.",
  references: [
    { source: "NIST 800-53", id: "SC-13" },
    { source: "man", id: "crypto-policies(7)" },
  ],
  needs: { system: tlsSystem },
  inspect: ({ system }) => {
    if (system.openssl === undefined && system.cryptoPolicy === undefined)
      return unknownVerdict("openssl is not there to be asked for its defaults");
    const evidence = [
      {
        asked: `openssl version; ${system.file ?? "openssl.cnf"}`,
        answered: [
          `OpenSSL ${system.openssl ?? "unknown"}`,
          ...["MinProtocol", "MaxProtocol", "CipherString", "Ciphersuites"].flatMap((name) => {
            const value = system.settings.get(name);
            return value === undefined ? [] : [`${name}=${value}`];
          }),
          ...(system.settings.size === 0
            ? ["no defaults of its own: what it was built with counts (TLS 1.2 and later)"]
            : []),
          ...(system.cryptoPolicy === undefined ? [] : [`crypto policy ${system.cryptoPolicy}`]),
        ].join(", "),
      },
    ];
    const problems = problemsOf(system);
    return problems.length === 0 ? pass(evidence) : fail(problems.join("; "), evidence);
  },
  plan: ({ system }) =>
    system.cryptoPolicy !== undefined &&
    /^[A-Z0-9:-]+$/u.test(system.cryptoPolicy) &&
    /^LEGACY/u.test(system.cryptoPolicy)
      ? [
          change({
            kind: "command",
            phase: "files",
            risk: "none",
            title: `System-wide crypto policy DEFAULT instead of ${system.cryptoPolicy}`,
            argv: ["update-crypto-policies", "--set", "DEFAULT"],
            inverse: ["update-crypto-policies", "--set", system.cryptoPolicy],
            touches: ["/etc/crypto-policies/config", "/etc/crypto-policies/state", "/etc/crypto-policies/back-ends"],
          }),
        ]
      : [],
});
