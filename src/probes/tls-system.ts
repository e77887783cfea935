import { known } from "../model/fact.ts";
import { probe } from "../model/probe.ts";

/** What the system's OpenSSL and crypto policy say to every program that does not decide for itself. */
export type TlsSystem = {
  /** "3.0.19"; undefined without openssl(1). */
  readonly openssl: string | undefined;
  /** Active name of crypto-policies(7), "DEFAULT:NO-SHA1"; undefined where there are none. */
  readonly cryptoPolicy: string | undefined;
  /** MinProtocol, CipherString and Ciphersuites of the section that openssl.cnf makes the default for TLS. */
  readonly settings: ReadonlyMap<string, string>;
  /** File the settings come from. */
  readonly file: string | undefined;
  /** Text of a guideline that takes the place of the shipped one: /etc/drawbridge/tls-guideline.json. */
  readonly guideline: string | undefined;
  /** The machine's clock, seconds since 1970. */
  readonly now: number;
};

export const guidelinePath = "/etc/drawbridge/tls-guideline.json";

const script = `date '+now %s'
# Of an unpacked image only the files are known: its programs are not run.
version=$([ -z "$root" ] && openssl version 2>/dev/null) && printf 'openssl %s\\n' "$version"
folder=$([ -z "$root" ] && openssl version -d 2>/dev/null | sed -n 's/^OPENSSLDIR: "\\(.*\\)"$/\\1/p')
policy=$root/etc/crypto-policies/state/current
[ -f "$policy" ] && sed -n '/^[^#]/{s/^/policy /p;q}' "$policy"
for file in "\${folder:-$root/usr/lib/ssl}/openssl.cnf" "$root/etc/ssl/openssl.cnf" "$root/etc/pki/tls/openssl.cnf"; do
  [ -f "$file" ] || continue
  printf 'file %s\\n' "$(readlink -f "$file")"
  head -c 65536 "$file" | sed 's/^/|/'
  back=$root/etc/crypto-policies/back-ends/opensslcnf.config
  [ -f "$back" ] && head -c 16384 "$back" | sed 's/^/+/'
  break
done
guideline=$root${guidelinePath}
[ -f "$guideline" ] && [ ! -L "$guideline" ] && head -c 65536 "$guideline" | sed 's/^/g/'
exit 0`;

/** [ssl_conf] ssl_sect → system_default → settings: the names are free, the way is not. config(5ssl), SSL_CONF_cmd(3ssl). */
export const opensslDefaults = (text: string, included = ""): ReadonlyMap<string, string> => {
  const sections = new Map<string, Map<string, string>>([["", new Map()]]);
  let current = "";
  for (const line of text.split("\n")) {
    const plain = line.replace(/(?<!\\)#.*$/u, "").trim();
    const section = /^\[\s*([^\]\s]+)\s*\]$/u.exec(plain)?.[1];
    if (section !== undefined) {
      current = section;
      if (!sections.has(section)) sections.set(section, new Map());
    }
    if (/^\.include\b.*opensslcnf\.config/u.test(plain)) {
      for (const [name, value] of assignments(included)) sections.get(current)?.set(name, value);
    }
    for (const [name, value] of assignments(plain)) sections.get(current)?.set(name, value);
  }
  const start = sections.get("")?.get("openssl_conf") ?? "openssl_conf";
  const ssl = sections.get(start)?.get("ssl_conf");
  const chosen = ssl === undefined ? undefined : sections.get(ssl)?.get("system_default");
  return (chosen === undefined ? undefined : sections.get(chosen)) ?? new Map();
};

const assignments = (text: string): readonly (readonly [string, string])[] =>
  text.split("\n").flatMap((line) => {
    const match = /^\s*([A-Za-z_][\w.]*)\s*=\s*(.*?)\s*$/u.exec(line);
    return match ? [[match[1] as string, match[2] as string] as const] : [];
  });

/** The system's TLS defaults, and the guideline in force on this machine if one was put there. */
export const tlsSystem = probe<TlsSystem>({
  id: "tls-system",
  asks: "openssl version; openssl.cnf; crypto policy",
  system: "image",
  script,
  parse: ({ stdout }) => {
    const lines = stdout.split("\n");
    const behind = (prefix: string) =>
      lines.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length));
    const guideline = behind("g");
    return known({
      openssl: /^OpenSSL (\d[\w.]*)/u.exec(behind("openssl ")[0] ?? "")?.[1],
      cryptoPolicy: behind("policy ")[0],
      settings: opensslDefaults(behind("|").join("\n"), behind("+").join("\n")),
      file: behind("file ")[0],
      now: Number(behind("now ")[0] ?? 0),
      guideline: guideline.length === 0 ? undefined : guideline.join("\n"),
    });
  },
});
