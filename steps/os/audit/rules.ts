/** Rules of audit.rules(7) as values that can be compared, whatever order auditctl prints them in. */

/** One thing that is recorded: a rule names several system calls at once, or each in a rule of its own. */
const never = /^4294967295$|^unset$/u;

const fieldOf = (text: string): string => {
  const [, name = "", operator = "", value = ""] = /^([a-z0-9_]+)(!=|>=|<=|>|<|&=|&|=)(.*)$/u.exec(text) ?? [];
  return `${name}${operator}${never.test(value) ? "-1" : value}`;
};

/** `-C uid!=euid` is `-C euid!=uid`. */
const comparisonOf = (text: string): string => {
  const [left = "", right = ""] = text.split(/!=|=/u);
  return `${[left, right].sort().join(text.includes("!=") ? "!=" : "=")}`;
};

const perms = (text: string): string => [...text].sort().join("");

/** The parts of a rule, one text for each system call it names; undefined: no rule that records (`-D`, `-b 8192`). */
export const partsOf = (rule: string): readonly string[] => {
  const words = rule.trim().split(/\s+/u);
  if (words[0] === "-w") {
    const at = words.indexOf("-p");
    return words[1] === undefined
      ? []
      : [`watch ${words[1].replace(/\/+$/u, "")} ${perms(at < 0 ? "rwxa" : (words[at + 1] ?? ""))}`];
  }
  if (words[0] !== "-a" && words[0] !== "-A") return [];
  const list = (words[1] ?? "").split(",").sort().join(",");
  const calls: string[] = [];
  const fields: string[] = [];
  for (let index = 2; index < words.length; index += 2) {
    const value = words[index + 1] ?? "";
    if (words[index] === "-S") calls.push(...value.split(","));
    if (words[index] === "-F" && !/^key=/u.test(value)) fields.push(fieldOf(value));
    if (words[index] === "-C") fields.push(`-C ${comparisonOf(value)}`);
  }
  const path = fields.find((field) => /^(?:path|dir)=/u.test(field));
  const perm = fields.find((field) => field.startsWith("perm="));
  const rest = fields.filter((field) => field !== path && field !== perm && !field.startsWith("arch="));
  if (path !== undefined && rest.length === 0 && (calls.length === 0 || calls.includes("all")))
    return [`watch ${path.replace(/^[a-z]+=/u, "").replace(/\/+$/u, "")} ${perms(perm?.slice(5) ?? "rwxa")}`];
  const normal = [...fields]
    .map((field) => (field === perm ? `perm=${perms(field.slice(5))}` : field))
    .sort()
    .join(" ");
  const named = calls.filter((call) => call !== "all");
  return (named.length === 0 ? ["all"] : named).map((call) => `${list} ${call} ${normal}`);
};

/** The wanted rules that are not, or not wholly, among the effective ones. A watch of more kinds of access covers one of fewer. */
export const missingRules = (effective: readonly string[], wanted: readonly string[]): readonly string[] => {
  const parts = effective.flatMap(partsOf);
  const there = new Set(parts);
  const watches = parts.filter((part) => part.startsWith("watch "));
  const covered = (part: string): boolean => {
    if (there.has(part)) return true;
    if (!part.startsWith("watch ")) return false;
    const [, path, kinds = ""] = part.split(" ");
    return watches.some((watch) => {
      const [, other, more = ""] = watch.split(" ");
      return other === path && [...kinds].every((kind) => more.includes(kind));
    });
  };
  return wanted.filter((rule) => !partsOf(rule).every(covered));
};
