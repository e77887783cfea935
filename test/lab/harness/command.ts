/** A lab server for trying things by hand: `node test/lab/harness/command.ts up RELEASE [FLAVOUR] [NAME]`. */
import { flavours, isFlavour, isRelease } from "./flavours.ts";
import { hold } from "./hold.ts";
import { listLabs } from "./lab.ts";

const usage = `usage: command.ts up bookworm|trixie [${Object.keys(flavours).join("|")}] [NAME]
       command.ts list`;

async function up(release: string | undefined, flavour = "fresh", name?: string): Promise<void> {
  if (release === undefined || !isRelease(release) || !isFlavour(flavour)) throw new Error(usage);
  await hold({ release, flavour, ...(name === undefined ? {} : { name }) });
}

const [command, ...rest] = process.argv.slice(2);
try {
  if (command === "up") await up(...(rest as [string | undefined, string?, string?]));
  else if (command === "list") for (const line of listLabs()) process.stdout.write(`${line}\n`);
  else throw new Error(usage);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 2;
}
