/**
 * A lab server for trying things by hand: `node test/lab/harness/command.ts up RELEASE [FLAVOUR] [NAME]`.
 * Prints how to reach it, keeps it until this process gets SIGTERM, SIGINT or SIGHUP, then removes it.
 */
import { flavours, isFlavour, isRelease } from "./flavours.ts";
import { listLabs, openLab } from "./lab.ts";

const usage = `usage: command.ts up bookworm|trixie [${Object.keys(flavours).join("|")}] [NAME]
       command.ts list`;

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

async function up(release: string | undefined, flavour = "fresh", name?: string): Promise<void> {
  if (release === undefined || !isRelease(release) || !isFlavour(flavour)) throw new Error(usage);
  const lab = await openLab();
  let stop: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => stop());
  try {
    const server = await lab.server({ release, flavour, ...(name === undefined ? {} : { name }) });
    const user = flavour === "rootonly" ? "root" : "op";
    const config = lab.sshConfig(server, { user });
    say(`name       ${server.name} (${release}, ${flavour})`);
    say(`address    ${server.address} ${server.addressV6}`);
    say(`root       ${server.root}`);
    say(`console    ${server.consoleLog}`);
    say(`key        ${lab.keys.operator.path}`);
    say(`ssh        ssh -F ${config} ${server.name}`);
    say(`as root    ssh -F ${lab.sshConfig(server, { user: "root" })} ${server.name}`);
    say(`outside    nsenter --net=/run/netns/${lab.client.namespace} -- nmap -Pn ${server.address}`);
    say(
      `enter      nsenter -t ${server.leader()} -m -u -i -n -p -C -- env -i --chdir=/root HOME=/root TERM=$TERM bash -l`,
    );
    say(`ready; end it with: kill ${process.pid}`);
    await stopped;
  } finally {
    await lab.close();
  }
}

const [command, ...rest] = process.argv.slice(2);
try {
  if (command === "up") await up(...(rest as [string | undefined, string?, string?]));
  else if (command === "list") for (const line of listLabs()) say(line);
  else throw new Error(usage);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 2;
}
