/**
 * A machine with a kernel, a boot loader and a disk of its own, for what a container cannot show: audit, kernel.* keys, modules,
 * AppArmor, the kernel's command line. See README.md.
 */
import { spawn } from "node:child_process";
import { createWriteStream, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { type Lab, must, type Release, type Server, until } from "../harness/index.ts";
import { writeSshConfig } from "../harness/outside.ts";

const diskBytes = 8 * 1024 ** 3;
/** Room for a partition table and a boot loader before the file system. */
const offset = 1024 ** 2;
const sshPort = 2222;
const name = "machine";

/** A container's disk made fit for a kernel of its own. */
const prepare = `set -eu
printf '/dev/vda1 / ext4 errors=remount-ro 0 1\\n' > /etc/fstab
printf 'auto lo\\niface lo inet loopback\\nauto eth0\\niface eth0 inet dhcp\\n' > /etc/network/interfaces
printf 'nameserver 10.0.2.3\\n' > /etc/resolv.conf
sed -i -e 's/^GRUB_CMDLINE_LINUX=.*/GRUB_CMDLINE_LINUX="net.ifnames=0 console=ttyS0"/' -e 's/^GRUB_TIMEOUT=.*/GRUB_TIMEOUT=1/' /etc/default/grub
# A start of the machine leaves nothing new in /etc, so that what an undo leaves there can be told.
install -d /etc/dhcp/dhclient-enter-hooks.d
printf 'make_resolv_conf() { :; }\\n' > /etc/dhcp/dhclient-enter-hooks.d/resolv
rm -f /etc/systemd/system/getty.target.wants/*
systemctl enable networking.service
# Everything takes twenty times as long as on a real machine; what limits the time of others has to know.
dpkg-divert --quiet --local --rename --divert /usr/bin/timeout.real /usr/bin/timeout
cat > /usr/bin/timeout <<'END'
#!/bin/sh
leading=yes
for word; do
  shift
  case $leading$word in
    yes-*) ;;
    yes*[!0-9s]*) leading=no ;;
    yes*) word=$((\${word%s} * 20)) ;;
  esac
  set -- "$@" "$word"
done
exec /usr/bin/timeout.real "$@"
END
chmod 0755 /usr/bin/timeout
`;

/** ext4 with everything below the server's root, behind a partition table: no mount and no loop device is needed. */
async function writeDisk(server: Server, host: Server): Promise<void> {
  const path = `${host.root}/srv/disk.img`;
  writeFileSync(path, "");
  truncateSync(path, diskBytes);
  await host.must(["sfdisk", "--quiet", "/srv/disk.img"], {
    input: `label: dos\nstart=${offset / 512}, type=83, bootable\n`,
  });
  const kilobytes = (diskBytes - offset) / 1024;
  await must(
    ["mkfs.ext4", "-q", "-F", "-E", `offset=${offset},root_owner=0:0`, "-d", server.root, path, `${kilobytes}k`],
    { timeoutMs: 600_000 },
  );
}

type Boot = { readonly kernel?: { readonly image: string; readonly initrd: string } };

/** Starts the emulator inside its own server. Ends when the machine is switched off. */
function emulate(host: Server, console: string, { kernel }: Boot): Promise<number | null> {
  const direct =
    kernel === undefined
      ? []
      : ["-kernel", kernel.image, "-initrd", kernel.initrd, "-append", "root=/dev/vda1 ro net.ifnames=0 console=ttyS0"];
  const words = host.argv([
    "qemu-system-x86_64",
    ...["-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "2048"],
    ...["-display", "none", "-serial", "stdio", "-monitor", "none"],
    ...["-drive", "file=/srv/disk.img,if=virtio,format=raw,cache=unsafe"],
    ...["-netdev", `user,id=net,hostfwd=tcp:0.0.0.0:${sshPort}-:22`, "-device", "virtio-net-pci,netdev=net"],
    ...["-device", "virtio-rng-pci"],
    ...direct,
  ]);
  const child = spawn(words[0] as string, words.slice(1), { stdio: ["ignore", "pipe", "inherit"] });
  child.stdout.pipe(createWriteStream(console, { flags: "a" }));
  return new Promise((resolve) => child.on("exit", resolve));
}

export type Started = {
  readonly name: string;
  /** For `ssh -F`, as the operator and as root. */
  readonly sshConfig: (user: "op" | "root") => string;
  readonly seconds: number;
};

/** Builds its disk and starts it; it is up when this ends, and goes with the lab. `stopped`: from then on it is not switched on again. */
export async function startMachine(
  lab: Lab,
  release: Release,
  stopped: Promise<void>,
  say: (text: string) => void,
): Promise<Started> {
  const disk = await lab.server({ release, flavour: "kernel", name });
  await disk.must(["sh", "-c", prepare]);
  const version = (await disk.must(["sh", "-c", "ls /lib/modules | tail -n 1"])).trim();
  await disk.powerOff();
  const host = await lab.server({ release, flavour: "emulator", name: "emulator" });
  say("writing the disk");
  await writeDisk(disk, host);
  for (const part of ["vmlinuz", "initrd.img"])
    await must(["cp", `${disk.root}/boot/${part}-${version}`, `${host.root}/srv/${part}`]);
  const place = { name, address: host.address, addressV6: host.addressV6, hostKeys: disk.hostKeys };
  await disk.destroy();

  const config = (user: "op" | "root"): string => {
    const path = writeSshConfig(`${lab.directory}/ssh`, place, {
      user,
      identity: lab.keys.operator.path,
      port: sshPort,
    });
    writeFileSync(path, readFileSync(path, "utf8").replace("ConnectTimeout 5", "ConnectTimeout 120"));
    return path;
  };
  const ssh = (command: string, timeoutMs = 120_000) =>
    lab.client.exec(["ssh", "-F", config("root"), name, command], { timeoutMs });
  const answers = () =>
    until(
      "ssh into the machine",
      async () => ((await ssh("systemctl is-system-running --wait")).exitCode < 255 ? true : undefined),
      { timeoutMs: 900_000, everyMs: 3000 },
    );
  const console = `${lab.directory}/console.log`;
  say(`console    ${console}`);
  const started = Date.now();
  const seconds = (): string => `${Math.round((Date.now() - started) / 1000)} s`;

  const first = emulate(host, console, { kernel: { image: "/srv/vmlinuz", initrd: "/srv/initrd.img" } });
  await answers();
  say(`up after ${seconds()}; putting the boot loader on its disk`);
  const loader = await ssh("grub-install /dev/vda && update-grub && systemctl poweroff", 900_000);
  if (loader.exitCode !== 0 && !/closed/u.test(loader.stderr)) say(`boot loader: ${loader.stderr}`);
  await first;

  const again = async (): Promise<void> => {
    // A reboot stays inside the emulator; a power-off ends it, and it is switched on again.
    let over = false;
    void stopped.then(() => {
      over = true;
    });
    for (;;) {
      await emulate(host, console, {});
      if (over) return;
      say("switched off; switching on again");
    }
  };
  void again();
  await answers();
  return { name, sshConfig: config, seconds: Math.round((Date.now() - started) / 1000) };
}
