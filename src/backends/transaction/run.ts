import { pack } from "tar-stream";
import type { ApplyEvent } from "../../model/transaction.ts";
import type { RunResult, Target } from "../../targets/target.ts";
import type { Bundle } from "./bundle.ts";
import { parseEvent } from "./events.ts";

/** Exit codes of the runtime (docs/transaction.md). */
export const runtimeExit = { fine: 0, malformed: 2, refused: 3, reverted: 4, notReverted: 5 } as const;

/** The script's first input line is the transaction's id, its second the subcommand; both are checked over there too. */
const header = `PATH=/usr/sbin:/usr/bin:/sbin:/bin; LC_ALL=C; export PATH LC_ALL; umask 077
IFS= read -r id; IFS= read -r verb
case $id in ''|*[!0-9a-z-]*) echo "error	the transaction id is not one"; exit 2;; esac
case $verb in ''|*[!a-z-]*) echo "error	the subcommand is not one"; exit 2;; esac
base=/var/lib/drawbridge/transactions
if [ "$(id -u)" != 0 ]; then
  echo "error	this needs root: \${DRAWBRIDGE_SUDO:-log in as root, or as an account that may use sudo}"; exit 3
fi
`;

/** What is refused leaves nothing behind: no folder of ours, and the time of the one above it as it was. */
const stageScript = `${header}
time=$(stat -c %y /var/lib 2>/dev/null)
tidy() {
  rmdir "$base" /var/lib/drawbridge 2>/dev/null
  [ -d /var/lib/drawbridge ] || touch -d "$time" /var/lib 2>/dev/null
}
tar=$(command -v tar) || { echo "error	tar is not installed there: install it, or use export sh"; exit 3; }
# The folder above keeps its time, as everything keeps its time that is put back later.
touch -r /var/lib "/run/drawbridge-$id" 2>/dev/null
for directory in /var/lib/drawbridge "$base"; do
  if [ -L "$directory" ]; then echo "error	$directory is a symbolic link: remove it"; exit 3; fi
  if [ ! -d "$directory" ]; then
    mkdir -m 700 "$directory" 2>/dev/null || { tidy; echo "error	$directory cannot be made: is the disk full or read-only?"; exit 3; }
  fi
done
if [ -f "/run/drawbridge-$id" ]; then touch -r "/run/drawbridge-$id" /var/lib; rm -f "/run/drawbridge-$id"; fi
if ! mkdir -m 700 "$base/$id" 2>/dev/null; then
  if [ -d "$base/$id" ]; then echo "error	another run is in progress with this plan (transaction $id): wait for it, or ask drawbridge status"
  else tidy; echo "error	$base/$id cannot be made: is the disk full or read-only?"; fi
  exit 3
fi
if ! "$tar" -xf - -C "$base/$id" 2>/dev/null; then
  rm -rf "\${base:?}/\${id:?}"
  tidy
  echo "error	the files did not arrive whole: is the disk full over there?"; exit 3
fi
sh "$base/$id/runtime" "$verb"
code=$?
if [ "$code" = 3 ] || [ "$code" = 2 ]; then rm -rf "\${base:?}/\${id:?}"; tidy; fi
exit "$code"
`;

const callScript = `${header}
[ -f "$base/$id/runtime" ] || { echo "error	there is no transaction $id on this machine: drawbridge status lists them"; exit 2; }
exec sh "$base/$id/runtime" "$verb"
`;

/** The bundle as a tar stream with root-only modes. */
export const archive = async ({ files }: Bundle): Promise<Buffer> => {
  const tar = pack();
  tar.entry({ name: "files", type: "directory", mode: 0o700 });
  for (const [name, content] of files) tar.entry({ name, mode: 0o600 }, content);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

const emit = (indexOf: ReadonlyMap<string, number>, on: (event: ApplyEvent) => void) => (line: string) => {
  const event = parseEvent(line, indexOf);
  if (event !== undefined) on(event);
};

/** Uploads the bundle and lets the runtime judge it: nothing but the transaction's directory is written. */
export const stage = async (
  target: Pick<Target, "run">,
  bundle: Bundle,
  on: (event: ApplyEvent) => void,
): Promise<RunResult> =>
  target.run(stageScript, {
    rights: "root",
    input: Buffer.concat([Buffer.from(`${bundle.id}\nstage\n`), await archive(bundle)]),
    timeoutSeconds: 300,
    onLine: emit(bundle.indexOf, on),
  });

export type Subcommand = "commit" | "confirm" | "undo" | "resume" | "status";

/** Calls the runtime of a transaction that is on the target already. */
export const call = (
  target: Pick<Target, "run">,
  id: string,
  subcommand: Subcommand,
  on: (event: ApplyEvent) => void = () => {},
  indexOf: ReadonlyMap<string, number> = new Map(),
): Promise<RunResult> =>
  target.run(callScript, {
    rights: "root",
    input: Buffer.from(`${id}\n${subcommand}\n`),
    timeoutSeconds: 3600,
    onLine: emit(indexOf, on),
  });
