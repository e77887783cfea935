import { absent, known } from "../model/fact.ts";
import { probe } from "../model/probe.ts";

/** What the configuration of a database server on this machine says about TLS. Its protocol has a beginning of its own: no hello reaches it. */
export type DatabaseTls = {
  readonly kind: "postgresql" | "mysql";
  /** The main file. */
  readonly file: string;
  /** Last value of each setting, by its name in small letters with `_`. */
  readonly settings: ReadonlyMap<string, string>;
};

/** Files in the order in which the servers read them: the last one wins. postgresql.conf, my.cnf(5). */
const script = `show() { [ -f "$1" ] && grep -hE '^[[:space:]]*(ssl|tls|skip|require|min|listen|bind)[a-z_-]*([[:space:]]*=|[[:space:]]*$|[[:space:]])' "$1" | head -n 200 | sed 's/^/|/'; }
for file in "$root"/etc/postgresql/*/*/postgresql.conf "$root"/var/lib/pgsql/data/postgresql.conf "$root"/var/lib/pgsql/*/data/postgresql.conf; do
  [ -f "$file" ] || continue
  printf '@postgresql %s\\n' "$file"
  show "$file"
  for more in "\${file%/*}"/conf.d/*.conf; do show "$more"; done
  data=$(sed -n "s/^[[:space:]]*data_directory[[:space:]]*=[[:space:]]*'\\([^']*\\)'.*/\\1/p" "$file" | tail -n 1)
  show "$root\${data:-\${file%/*}}/postgresql.auto.conf"
done
for main in "$root"/etc/mysql/my.cnf "$root"/etc/my.cnf; do
  [ -f "$main" ] || continue
  printf '@mysql %s\\n' "$main"
  show "$main"
  for more in "$root"/etc/mysql/conf.d/*.cnf "$root"/etc/mysql/mysql.conf.d/*.cnf "$root"/etc/mysql/mariadb.conf.d/*.cnf "$root"/etc/my.cnf.d/*.cnf; do show "$more"; done
  break
done
exit 0`;

export const databaseTls = probe<readonly DatabaseTls[]>({
  id: "database-tls",
  asks: "TLS settings in postgresql.conf and my.cnf",
  system: "image",
  script,
  parse: ({ stdout }) => {
    const found = stdout
      .split(/^@/mu)
      .slice(1)
      .flatMap((part): readonly DatabaseTls[] => {
        const [head = "", ...lines] = part.split("\n");
        const [, kind, file = ""] = /^(postgresql|mysql) (.*)$/u.exec(head) ?? [];
        if (kind !== "postgresql" && kind !== "mysql") return [];
        const settings = new Map<string, string>();
        for (const line of lines) {
          const match = /^\|\s*([A-Za-z_-]+)\s*=?\s*(.*)$/u.exec(line);
          if (match === null) continue;
          const name = (match[1] as string).toLowerCase().replaceAll("-", "_");
          settings.set(name, (match[2] as string).replace(/\s*#.*$/u, "").replace(/^(['"])(.*)\1$/u, "$2"));
        }
        return [{ kind, file, settings }];
      });
    return found.length === 0 ? absent("no database server is configured here") : known(found);
  },
});
