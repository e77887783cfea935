export type SshDestination = {
  readonly name: string;
  readonly user?: string;
  readonly port?: number;
  readonly sshConfig?: string;
};

/** First value wins in ssh, so these stand before what its files say. A machine we harden gets no agent and no tunnel. */
export const sshArguments = ({ user, port, sshConfig }: SshDestination, options: readonly string[]): string[] => [
  ...(sshConfig === undefined ? [] : ["-F", sshConfig]),
  ...options,
  ...["ConnectTimeout=10", "ServerAliveInterval=5", "ServerAliveCountMax=3"].flatMap((option) => ["-o", option]),
  ...["ClearAllForwardings=yes", "ForwardAgent=no", "ForwardX11=no", "RemoteCommand=none"].flatMap((option) => [
    "-o",
    option,
  ]),
  "-T",
  ...(user === undefined ? [] : ["-l", user]),
  ...(port === undefined ? [] : ["-p", String(port)]),
];

export const labelOf = ({ name, user, port }: SshDestination): string =>
  `${user === undefined ? "" : `${user}@`}${name}${port === undefined ? "" : `:${port}`}`;
