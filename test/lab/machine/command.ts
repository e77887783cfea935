/** By hand: `node test/lab/machine/command.ts bookworm|trixie`. See README.md. */
import { isRelease } from "../harness/flavours.ts";
import { openLab } from "../harness/index.ts";
import { startMachine } from "./start.ts";

const usage = "usage: command.ts bookworm|trixie";
const say = (text: string): boolean => process.stdout.write(`${text}\n`);

const [release] = process.argv.slice(2);
if (release === undefined || !isRelease(release)) {
  process.stderr.write(`${usage}\n`);
  process.exit(2);
}
const stopped = new Promise<void>((resolve) => {
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => resolve());
});
const lab = await openLab();
try {
  const work = async (): Promise<void> => {
    const { name, sshConfig, seconds } = await startMachine(lab, release, stopped, say);
    say(`up from its own boot loader after ${seconds} s`);
    say(`ssh        ssh -F ${sshConfig("op")} ${name}`);
    say(`as root    ssh -F ${sshConfig("root")} ${name}`);
    say(`drawbridge node src/cli.ts inspect --host ${name} --ssh-config ${sshConfig("op")}`);
    say(`ready; end it with: kill ${process.pid}`);
    await stopped;
  };
  await Promise.race([work(), stopped]);
} finally {
  await lab.close();
  process.exit();
}
