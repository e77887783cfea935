import { known } from "../model/fact.ts";
import { probe } from "../model/probe.ts";

/** Accounts in the configuration of an Integration Control Plane of version 1 that still have their published password. */
export type Dashboard = {
  /** Its deployment.toml. */
  readonly path: string;
  /** Tables with a password that everybody knows: "mi_super_admin". The values themselves stay on the machine. */
  readonly published: readonly string[];
};

/** The tables of its deployment.toml that hold passwords, compared where they are. Encrypted ones read "$secret{alias}". */
const script = `for file in "$root"/opt/*/conf/deployment.toml "$root"/opt/*/*/conf/deployment.toml "$root"/usr/lib/wso2/*/conf/deployment.toml "$root"/usr/lib/wso2/*/*/conf/deployment.toml "$root"/srv/*/conf/deployment.toml; do
  [ -f "$file" ] && [ ! -L "$file" ] || continue
  grep -qE '^[[:space:]]*\\[(mi_super_admin|bal_service_account)\\]' "$file" || continue
  printf '@file %s\\n' "\${file#"$root"}"
  awk '
    /^[[:space:]]*\\[/ { table = $0; gsub(/[][[:space:]]/, "", table); sub(/#.*/, "", table); next }
    /^[[:space:]]*(user\\.)?(key_)?password[[:space:]]*=/ {
      value = $0; sub(/^[^=]*=[[:space:]]*/, "", value); sub(/[[:space:]]*(#.*)?$/, "", value)
      gsub(/^["\\047]|["\\047]$/, "", value)
      if (value == "admin" || value == "bal_secret" || value == "wso2carbon") print table
    }' "$file" | sort -u
done
exit 0`;

export const dashboards = probe<readonly Dashboard[]>({
  id: "dashboards",
  asks: "passwords in conf/deployment.toml of an Integration Control Plane 1 against the published ones",
  system: "image",
  script,
  parse: ({ stdout }) => {
    const found: { path: string; published: string[] }[] = [];
    for (const line of stdout.split("\n")) {
      if (line.startsWith("@file ")) found.push({ path: line.slice(6), published: [] });
      else if (/^[\w.-]+$/u.test(line)) found.at(-1)?.published.push(line);
    }
    return known(found);
  },
});
