import { template } from "../../../src/embedded/templates.ts";

const isAddress = (name: string): boolean => /^\d{1,3}(?:\.\d{1,3}){3}$|:/u.test(name);

/** The longest common name that X.520 allows. */
const longestCommonName = 64;

/** openssl-req(1) configuration of the key pair's request and of the certificate that stands in until it is answered. */
export const requestConfiguration = (subject: string, names: readonly string[]): string => {
  const parts = subject
    .split(/, ?/u)
    .filter(Boolean)
    .map((part) => [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)] as const);
  const common = names.find((name) => name.length <= longestCommonName);
  const all = common === undefined || parts.some(([key]) => key === "CN") ? parts : [...parts, ["CN", common] as const];
  return template("runtime/stores/request.cnf")
    .replaceAll("{{subject}}", () => all.map(([key, value], index) => `${index}.${key} = ${value}`).join("\n"))
    .replaceAll("{{names}}", () => names.map((name) => `${isAddress(name) ? "IP" : "DNS"}:${name}`).join(", "));
};
