import type { JvmOption, LogFile, Setting, StoreReference } from "../model/integration.ts";

/** Files that a program opens by its settings and by the options of its JVM: stores, certificates, logs. */

type Purpose = StoreReference["purpose"];

const storeFile = /\.(?:p12|pfx|pkcs12|jks|jceks|bcfks|pem|crt|cer|der|key|keystore|truststore)$/iu;
const storeKey = /(?:key_?store|trust_?store)(?:_?(?:path|file|location))?$|(?:cert|certificate|key)_?(?:path|file)$/iu;

const purposeOf = (key: string, path: string): Purpose => {
  const [last = "", before = ""] = key.split(".").toReversed();
  if (/trust|ca_?cert|root_?cert|clientca/iu.test(`${before}.${last}`)) return "trust";
  if (/^key_?file$|private_?key/iu.test(last) || /\.key$/iu.test(path)) return "private key";
  if (/^cert_?file$|certificate/iu.test(last)) return "certificate";
  if (/key_?store/iu.test(`${before}.${last}`) || /^key$/iu.test(before)) return "key";
  // `cert` of a client's secureSocket, and of mutualSsl, is what it trusts.
  if (/^cert$/iu.test(last) || /^cert$/iu.test(before)) return "trust";
  return "unknown";
};

/** `keystorePath` has its password in `keystorePassword`, `key.path` in `key.password`, `keyFile` in `keyPassword`. */
const passwordNames = (name: string): readonly string[] => {
  const stem = name.replace(/_?(?:path|file|location)$/iu, "");
  const glue = name.includes("_") ? "_" : "";
  const names =
    stem === "" ? ["password"] : [`${stem}${glue}password`, `${stem}${glue}pass`, `${stem}${glue}passphrase`];
  return [...names, ...(stem === "" || /^cert$/iu.test(stem) ? ["password", "storepassword"] : [])].map((text) =>
    text.toLowerCase(),
  );
};

const passwordOf = (setting: Setting, settings: readonly Setting[]): Setting | undefined => {
  const table = setting.path.slice(0, -1);
  const siblings = settings.filter(
    ({ path }) => path.length === setting.path.length && table.every((part, index) => path[index] === part),
  );
  return passwordNames(setting.path.at(-1) ?? "")
    .map((name) => siblings.find(({ path }) => (path.at(-1) ?? "").toLowerCase() === name))
    .find((found) => found !== undefined);
};

const systemProperty = (options: readonly JvmOption[], name: string): JvmOption | undefined =>
  options.findLast(({ text }) => text.startsWith(`-D${name}=`));

const valueIn = ({ text }: JvmOption): string => text.slice(text.indexOf("=") + 1);

const absolute = (path: string, workingDirectory: string): string =>
  path.startsWith("/") ? path : `${workingDirectory.replace(/\/$/u, "")}/${path.replace(/^\.\//u, "")}`;

/** Stores looked for, at most. */
const storeLimit = 200;

const namesStore = ({ value, key }: Setting): boolean =>
  typeof value === "string" &&
  value !== "" &&
  !value.includes("\n") &&
  !value.includes("://") &&
  (storeFile.test(value) || (storeKey.test(key) && value.includes("/")));

export const storesOf = (
  settings: readonly Setting[],
  options: readonly JvmOption[],
  workingDirectory: string,
): readonly StoreReference[] => [
  ...settings
    .filter(namesStore)
    .slice(0, storeLimit)
    .flatMap((setting): readonly StoreReference[] => {
      const { value, key } = setting;
      if (typeof value !== "string") return [];
      const password = passwordOf(setting, settings);
      return [
        {
          path: absolute(value, workingDirectory),
          purpose: purposeOf(key, value),
          key,
          passwordKey: password?.key,
          password: typeof password?.value === "string" ? password.value : undefined,
        },
      ];
    }),
  ...(["keyStore", "trustStore"] as const).flatMap((name): readonly StoreReference[] => {
    const option = systemProperty(options, `javax.net.ssl.${name}`);
    if (option === undefined || valueIn(option) === "NONE") return [];
    const password = systemProperty(options, `javax.net.ssl.${name}Password`);
    return [
      {
        path: absolute(valueIn(option), workingDirectory),
        purpose: name === "keyStore" ? "key" : "trust",
        key: `-Djavax.net.ssl.${name}`,
        passwordKey: password && `-Djavax.net.ssl.${name}Password`,
        password: password && valueIn(password),
      },
    ];
  }),
];

const logKey =
  /^ballerina\.(?:log\.destinations\.\d+\.path|http\.(?:accessLogConfig|traceLogAdvancedConfig)(?:\.file)?\.path)$/u;

/** Without their `stat`, which only the machine knows. */
export const logPathsOf = (
  settings: readonly Setting[],
  options: readonly JvmOption[],
  standardOutputs: readonly string[],
  workingDirectory: string,
): readonly Omit<LogFile, "stat">[] => {
  const found = [
    ...settings.flatMap(({ key, value }) =>
      logKey.test(key) && typeof value === "string" && value !== "" ? [{ path: value, from: key }] : [],
    ),
    ...options.flatMap(({ text }) => {
      const match = /^-Xlog:[^:]*:(?:file=)?([^:]*)/u.exec(text) ?? /^-(?:Xloggc:|XX:ErrorFile=)(.+)$/u.exec(text);
      const path = match?.[1] ?? "";
      return path === "" || path === "stdout" || path === "stderr"
        ? []
        : [{ path, from: text.split(/[:=]/u)[0] as string }];
    }),
    ...standardOutputs.flatMap((line) => {
      const match = /^(Standard(?:Output|Error))=(?:append|file|truncate):(\/.+)$/u.exec(line);
      return match ? [{ path: match[2] as string, from: match[1] as string }] : [];
    }),
  ].map(({ path, from }) => ({ path: absolute(path, workingDirectory), from }));
  return found.filter(({ path }, index) => found.findIndex((other) => other.path === path) === index);
};
