import { garbledAnswer } from "../../core/probe-report.ts";
import { type TransactionStatus, transactionStates } from "../../model/transaction.ts";
import type { Target } from "../../targets/target.ts";

const statusScript = `PATH=/usr/sbin:/usr/bin:/sbin:/bin; LC_ALL=C; export PATH LC_ALL
if [ "$(id -u)" != 0 ]; then echo "rights	\${DRAWBRIDGE_SUDO-}"; exit 3; fi
for directory in /var/lib/drawbridge/transactions/*/; do
  [ -f "$directory/runtime" ] || continue
  echo "transaction	begin"
  sh "$directory/runtime" status </dev/null
done
echo "transactions	over"
`;

/** No root rights on the target; the text is what sudo said. */
export class NoRights extends Error {}

/** Every transaction on the target, oldest first. Throws `NoRights`, and `GarbledAnswer` where no shell answered. */
export const transactionStatuses = async (target: Pick<Target, "run">): Promise<readonly TransactionStatus[]> => {
  const { exitCode, stdout } = await target.run(statusScript, { rights: "root", timeoutSeconds: 60 });
  if (exitCode === 3) throw new NoRights(/^rights\t(.*)$/mu.exec(stdout)?.[1]?.trim() ?? "");
  const end = stdout.lastIndexOf("transactions\tover\n");
  // An empty list and no list are two things: only the first says that nothing was ever applied.
  if (end < 0) throw garbledAnswer(stdout);
  return stdout
    .slice(0, end)
    .split("transaction\tbegin\n")
    .slice(1)
    .map(parseStatus)
    .sort((a, b) => a.id.localeCompare(b.id));
};

/** The runtime's `status` answer: one `key<TAB>value…` a line. */
export const parseStatus = (text: string): TransactionStatus => {
  const lines = text.split("\n").map((line) => line.split("\t"));
  const value = (key: string) => lines.find(([name]) => name === key)?.[1] ?? "";
  // An upload that was cut off before it was staged has changed as little as one that was.
  const told = value("state") === "unstaged" ? "staged" : value("state");
  const state = transactionStates.find((known) => known === told) ?? "failed";
  const seconds = value("seconds-left");
  return {
    id: value("id"),
    state,
    running: value("running") !== "",
    secondsLeft: /^-?\d+$/u.test(seconds) ? Number(seconds) : null,
    startedAt: value("started"),
    changes: lines
      .filter(([name]) => name === "change")
      .map(([, number = "", changeState = "", ...title]) => ({ number, state: changeState, title: title.join(" ") })),
    left: lines.filter(([name]) => name === "left").map(([, path = "", reason = ""]) => ({ path, reason })),
  };
};
