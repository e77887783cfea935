import { known } from "../model/fact.ts";
import { followUp, questionLine } from "../model/probe.ts";
import { type FileState, pathStates } from "./accounts.ts";
import { integrations } from "./integrations.ts";

/** What the security properties of one JVM amount to. */
export type JavaSecurity = {
  readonly integration: string;
  readonly home: string;
  /** Effective values by property: those of java.security, with the override file's above them. */
  readonly properties: ReadonlyMap<string, { readonly value: string; readonly file: string }>;
  /** What java.security itself says, and what the override file says. */
  readonly base: ReadonlyMap<string, string>;
  readonly overridden: ReadonlyMap<string, string>;
  /** /etc/drawbridge-java/ID.security of an earlier run; undefined when there is none. */
  readonly own: NonNullable<FileState> | undefined;
  /** File named by -Djava.security.properties=; undefined when there is none. */
  readonly override: string | undefined;
  /** The override file is named and cannot be read: Java goes on without it, silently. */
  readonly overrideMissing: boolean;
};

/** Continuation lines are joined by the reader. */
const script = `show() { grep -aE '^[^#]|^$' -- "$1" | head -c 131072 | sed 's/^/|/'; }
seen=' ' links=' '
while IFS='	' read -r kind id home own file; do
  [ "$kind" = jvm ] || continue
  printf '@jvm %s\\n' "$id"
  if [ -f "$own" ] && [ ! -L "$own" ]; then
    printf '@own '; stat -c '%F|%a|%U|%G|%u|%g|%n' "$own"; { head -c 65536 "$own"; echo .; } | sed 's/^/|/'
  fi
  for one in "$home/conf/security/java.security" "$home/lib/security/java.security"; do
    [ -f "$one" ] || continue
    case $links in *" $one="*) real=\${links#*" $one="}; real=\${real%% *} ;; *) real=$(readlink -f -- "$one"); case $real in *' '*) ;; *) links="$links$one=$real " ;; esac ;; esac
    [ -f "$real" ] || continue
    case $seen in
      *" $real "*) printf '@same %s\\n' "$real" ;;
      *) printf '@file %s\\n' "$real"; show "$real"; seen="$seen$real " ;;
    esac
    break
  done
  [ -n "$file" ] || continue
  real=$(readlink -f -- "$file") && [ -f "$real" ] || { echo '@missing'; continue; }
  printf '@override %s\\n' "$file"; show "$real"
done
exit 0`;

/** `key=value` lines of a Java properties file; a backslash at the end goes on in the next line. java.util.Properties.load. */
export const readProperties = (text: string): ReadonlyMap<string, string> => {
  const found = new Map<string, string>();
  const joined = text.replaceAll(/\\\n[ \t\f]*/gu, "");
  for (const line of joined.split("\n")) {
    const match = /^[ \t\f]*([^#!\s=:][^\s=:]*)[ \t\f]*[=:]?[ \t\f]*(.*)$/u.exec(line);
    if (match) found.set(match[1] as string, (match[2] as string).trim());
  }
  return found;
};

/** Where our properties of an integration's JVM stand: a folder of its own, which its account may enter. */
export const javaSecurityFolder = "/etc/drawbridge-java";
export const ownPath = (id: string): string =>
  `${javaSecurityFolder}/${id.replaceAll(/[^A-Za-z0-9._-]/gu, "-")}.security`;

/** The last -Djava.security.properties= counts; `==` (two signs) would replace java.security altogether. */
export const overrideOf = (
  options: readonly { readonly text: string }[],
): { path: string; replaces: boolean } | undefined => {
  const last = options.findLast(({ text }) => text.startsWith("-Djava.security.properties="));
  if (last === undefined) return undefined;
  const value = last.text.slice("-Djava.security.properties=".length);
  return { path: value.replace(/^=/u, "").replace(/^file:/u, ""), replaces: value.startsWith("=") };
};

/** Security properties of every integration's JVM: java.security of its home, and the file that is read over it. */
export const javaSecurity = followUp({
  id: "java-security",
  asks: "java.security of each JVM, and the file of -Djava.security.properties",
  follows: { here: integrations },
  script,
  sizeLimit: 1024 * 1024,
  input: ({ here }) => {
    const lines = here.integrations.flatMap(({ id, java, jvmOptions }) =>
      java === undefined ? [] : [questionLine("jvm", id, java.home, ownPath(id), overrideOf(jvmOptions)?.path ?? "")],
    );
    return lines.length === 0 ? undefined : lines.join("");
  },
  parse: ({ stdout }, { here }) => {
    const bodies = new Map<string, ReadonlyMap<string, string>>();
    const read = stdout
      .split(/^@jvm /mu)
      .slice(1)
      .map((part): JavaSecurity => {
        const id = part.slice(0, part.indexOf("\n"));
        const of = here.integrations.find((one) => one.id === id);
        const properties = new Map<string, { value: string; file: string }>();
        let override: string | undefined;
        let base: ReadonlyMap<string, string> = new Map();
        let overridden: ReadonlyMap<string, string> = new Map();
        let own: NonNullable<FileState> | undefined;
        for (const piece of part.split(/^@(?=file |same |override |own )/mu).slice(1)) {
          const [head = "", ...lines] = piece.split("\n");
          const [kind = "", ...rest] = head.split(" ");
          const file = rest.join(" ");
          if (kind === "own") {
            const [state] = pathStates([file]);
            const content = lines.filter((line) => line.startsWith("|")).map((line) => line.slice(1));
            if (state)
              own = {
                content: content.join("\n").replace(/\.$/u, ""),
                mode: state.mode,
                owner: state.owner,
                group: state.group,
              };
            continue;
          }
          const text = lines
            .filter((line) => line.startsWith("|"))
            .map((line) => line.slice(1))
            .join("\n");
          const body = kind === "same" ? (bodies.get(file) ?? new Map<string, string>()) : readProperties(text);
          if (kind === "file") bodies.set(file, body);
          if (kind === "override") overridden = body;
          else base = body;
          if (kind === "override") {
            override = file;
            if (of && overrideOf(of.jvmOptions)?.replaces) properties.clear();
          }
          for (const [name, value] of body) properties.set(name, { value, file });
        }
        return {
          integration: id,
          home: of?.java?.home ?? "",
          properties,
          base,
          overridden,
          own,
          override: override ?? (of && overrideOf(of.jvmOptions)?.path),
          overrideMissing: /^@missing$/mu.test(part),
        };
      });
    return known(read);
  },
});
