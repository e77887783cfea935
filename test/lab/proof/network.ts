import { answerReader } from "../../../src/core/answers.ts";
import { template } from "../../../src/embedded/templates.ts";
import type { Answers } from "../../../src/model/plan.ts";
import { clusterOf } from "../../../steps/network/failover/here.ts";
import { failoverList, failoverProgram, listText } from "../../../steps/network/failover/render.ts";
import type { Server } from "../harness/index.ts";
import { type ByHand, type Deed, sh, type Variant } from "./flaw.ts";

const name = "logs.lab";

/** The same machine is its own receiver: two authorities are not what is shown here (see test/lab/forwarding.lab.ts). */
const pki = `mkdir -p /root/pki && cd /root/pki
openssl req -x509 -newkey rsa:2048 -nodes -days 90 -subj /CN=ours -keyout ours.key -out ours.pem 2>/dev/null
for each in ${name} sender.lab; do
  openssl req -newkey rsa:2048 -nodes -subj "/CN=$each" -keyout "$each.key" -out "$each.csr" 2>/dev/null
  printf 'subjectAltName=DNS:%s\\nextendedKeyUsage=serverAuth,clientAuth\\n' "$each" > "$each.ext"
  openssl x509 -req -in "$each.csr" -CA ours.pem -CAkey ours.key -CAcreateserial -days 90 -extfile "$each.ext" -out "$each.pem" 2>/dev/null
done
cp ours.pem /etc/ssl/certs/log-authority.pem
install -m 0644 ${name}.pem /etc/ssl/certs/log-receiver.pem
install -m 0640 -g systemd-journal-remote ${name}.key /etc/ssl/private/log-receiver.key
install -m 0644 sender.lab.pem /etc/ssl/certs/log-sender.pem
install -m 0600 sender.lab.key /etc/ssl/private/log-sender.key
chmod 0711 /etc/ssl/private`;

export const makeReceiver = async (server: Server): Promise<Answers> => {
  await server.must(["sh", "-euc", pki], { timeoutMs: 120_000 });
  await server.writeFile("/etc/systemd/journal-remote.conf", template("os/forwarding/receiver-journal-remote.conf"));
  await server.must(["sh", "-c", 'echo "$0 $1" >> /etc/hosts', server.address, name]);
  await server.must(["systemctl", "start", "systemd-journal-remote.socket", "systemd-journal-remote.service"]);
  return {
    "forwarding.method": "journal-upload",
    "forwarding.receiver": name,
    "forwarding.authority": "/etc/ssl/certs/log-authority.pem",
    "forwarding.certificate": "/etc/ssl/certs/log-sender.pem",
    "forwarding.key": "/etc/ssl/private/log-sender.key",
  };
};

export const forwardingVariants: readonly Variant[] = [{ controls: ["forwarding-central", "forwarding-arrival"] }];

const conf = (action: string): Deed => ({
  file: "/etc/rsyslog.d/90-neglected.conf",
  content: `${action}\n`,
});
const queue = 'queue.type="LinkedList" queue.filename="forward" action.resumeRetryCount="-1"';
const tls = (mode: string, authority: string): string =>
  `global(DefaultNetstreamDriver="gtls" DefaultNetstreamDriverCAFile="${authority}")
action(type="omfwd" target="logs.example.org" port="6514" protocol="tcp" StreamDriver="gtls" StreamDriverMode="1" ${mode} ${queue})`;
const named = 'StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="logs.example.org"';

export const forwardingByHand: readonly ByHand[] = [
  ...["forwarding-encrypted", "forwarding-queue"].map(
    (control): ByHand => ({
      control,
      round: "a receiver without TLS",
      flaw: [conf("*.* @@logs.example.org:514")],
      mend: [conf(tls(named, "/etc/ssl/certs/ca-certificates.crt"))],
    }),
  ),
  ...["forwarding-verified", "forwarding-certificates"].map(
    (control): ByHand => ({
      control,
      round: "a receiver that nobody checks",
      flaw: [conf(tls('StreamDriverAuthMode="anon"', "/etc/ssl/certs/missing.pem"))],
      mend: [conf(tls(named, "/etc/ssl/certs/ca-certificates.crt"))],
    }),
  ),

  {
    control: "forwarding-no-receiver",
    mend: [{ run: ["systemctl", "stop", "systemd-journal-remote.socket", "systemd-journal-remote.service"] }],
    clean: [{ run: ["systemctl", "start", "systemd-journal-remote.socket"] }],
  },
];

const ruleset = ["firewall-inbound-default-deny", "firewall-ssh"];

export const failoverVariants: readonly Variant[] = [
  { controls: ["failover-elsewhere"], answers: { "failover.mode": "elsewhere" } },
  { controls: ["failover-firewall"], with: ruleset },
  { controls: ["failover-address"], with: ["failover-proxy", "failover-firewall", ...ruleset] },
  { controls: ["failover-proxy"], with: ["failover-address", "failover-firewall", ...ruleset] },
];

/** Two nodes as their own answers describe them; the other one is an address that is there or not. */
const pair: Answers = {
  "failover.mode": "active-passive",
  "failover.nodes": ["nodea=127.0.0.1", "nodeb=192.0.2.9"],
  "failover.addresses": ["192.0.2.200"],
  "failover.backend-port": 9090,
  "failover.port": 9090,
  "failover.certificate": "",
};
const pairList = (): string => {
  const cluster = clusterOf(answerReader(new Map(), pair));
  const [node] = cluster?.nodes ?? [];
  if (cluster === undefined || node === undefined) throw new Error("these answers describe no pair");
  return listText(cluster, node);
};
const onLoopback = (verb: "add" | "del"): readonly Deed[] =>
  ["192.0.2.9/32", "192.0.2.200/32"].map((address) => ({ run: ["ip", "address", verb, address, "dev", "lo"] }));

export const failoverByHand: readonly ByHand[] = [
  {
    control: "failover-peers",
    round: "the other node does not answer",
    answers: pair,
    flaw: [
      { file: failoverProgram, content: template("network/failover"), mode: "0755" },
      { file: failoverList, content: pairList() },
    ],
    mend: onLoopback("add"),
    clean: [...onLoopback("del"), sh("rmdir --ignore-fail-on-non-empty /usr/local/lib/drawbridge")],
  },
  {
    control: "failover-nodes",
    answers: { "failover.mode": "needed" },
    mend: [],
    mendAnswers: { "failover.mode": "active-passive" },
  },
];
