import type { Server } from "./harness/index.ts";

/** Of an account that is there before anything is applied. */
export const guestPassword = "Zt7#qLw9-Vx2mKp";

/** Something for the steps of the OS to find: a folder for everybody, a program of unknown origin with root's rights, a guest. */
export async function neglect(server: Server): Promise<void> {
  await server.must(["install", "-d", "-m", "0777", "/srv/open"]);
  await server.must(["install", "-m", "4755", "/bin/true", "/usr/local/bin/odd"]);
  await server.must(["useradd", "--create-home", "--shell", "/bin/bash", "guest"]);
  await server.must(["chpasswd"], { input: `guest:${guestPassword}\n` });
}

/** Folders that the steps of the OS change by writing; packages keep their own books beside them. */
export const packageBookkeeping = [
  "/var/lib/dpkg",
  "/var/lib/apt",
  "/var/lib/ucf",
  // dpkg-db-backup.timer copies dpkg's books here at midnight.
  "/var/backups",
  "/var/cache",
  "/var/log",
  "/etc/passwd-",
  "/etc/group-",
  "/etc/shadow-",
  "/etc/gshadow-",
];
