/** Keeps a lab server for a person who tries things by hand. */
import type { FlavourName, Release } from "./flavours.ts";
import { openLab } from "./lab.ts";
import type { Server } from "./server.ts";

export type HoldOptions = {
  release: Release;
  flavour: FlavourName;
  name?: string;
  /** Makes more of the server before it is said to be ready; the lines it returns are printed. */
  prepare?: (server: Server) => Promise<readonly string[]>;
};

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

/** Prints how to reach the server and keeps it until this process gets SIGTERM, SIGINT or SIGHUP, then removes it. */
export async function hold({ release, flavour, name, prepare }: HoldOptions): Promise<void> {
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
    for (const line of (await prepare?.(server)) ?? []) say(line);
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
