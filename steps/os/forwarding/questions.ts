import { z } from "zod";
import { type Fact, knownValue } from "../../../src/model/fact.ts";
import { type AnswerReader, question } from "../../../src/model/question.ts";
import {
  type Forwarding,
  forwardFile,
  forwarding,
  pathsOf,
  systemAuthorities,
  uploadFile,
} from "../../../src/probes/forwarding.ts";
import { forwardingReview } from "./forwarding-review.ts";

type Facts = { readonly forwarding: Fact<Forwarding> };
export type Method = "none" | "journal-upload" | "rsyslog";

/** What a file of ours says now. */
const own = ({ forwarding: seen }: Facts) => {
  const value = knownValue(seen);
  return value === undefined ? undefined : pathsOf(value).find(({ ours }) => ours);
};

/** "logs.example.org", "logs.example.org:6514", "[2001:db8::1]:6514". */
const place = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?))(?::(\d{1,5}))?$/u;

export const usualPorts = { "journal-upload": 19532, rsyslog: 6514 } as const;

export type Receiver = { readonly host: string; readonly port: number };

/** The receiver that was named; undefined when none was. */
export const receiverOf = (answers: AnswerReader): Receiver | undefined => {
  const wanted = answers.get(method);
  const [, six, name, port] = place.exec(answers.get(receiver)) ?? [];
  const host = six ?? name;
  if (wanted === "none" || host === undefined) return undefined;
  return { host, port: port === undefined ? usualPorts[wanted] : Number(port) };
};

export const method = question({
  id: "forwarding.method",
  kind: "select",
  label: "Central log",
  title: "How do this machine's logs reach a central receiver?",
  why: "Whoever takes a machine over deletes its logs first; a copy elsewhere he cannot reach. One way is enough. journal-upload sends the journal, knows up to which record the receiver has confirmed it, and needs nothing but the journal as its queue; the receiver is systemd-journal-remote. rsyslog speaks to every syslog receiver and queues on disk, but syslog over TCP confirms nothing: what is on its way when a receiver crashes may be lost. None is proposed until there is a receiver.",
  schema: z.enum(["none", "journal-upload", "rsyslog"]),
  needs: { forwarding },
  default: (facts): Method => {
    const files = knownValue(facts.forwarding)?.files;
    return files?.has(uploadFile) ? "journal-upload" : files?.has(forwardFile) ? "rsyslog" : "none";
  },
  choices: () => [
    { value: "none", label: "None: logs stay here" },
    { value: "journal-upload", label: "journal-upload", hint: "to systemd-journal-remote, confirmed, port 19532" },
    { value: "rsyslog", label: "rsyslog", hint: "to any syslog receiver with TLS, port 6514" },
  ],
  current: (facts) => {
    const seen = knownValue(facts.forwarding);
    if (seen === undefined) return "not known";
    const paths = pathsOf(seen);
    return paths.length === 0
      ? "nothing is sent"
      : paths
          .map(({ by, receiver: to, encrypted }) => `${by} to ${to}${encrypted ? "" : ", not encrypted"}`)
          .join("; ");
  },
});

const wanted = (_: unknown, answers: AnswerReader): boolean => answers.get(method) !== "none";

export const receiver = question({
  id: "forwarding.receiver",
  kind: "text",
  label: "Receiver",
  title: "Which machine receives the logs?",
  why: "A name, as it stands in the receiver's certificate, and the port if it is not the usual one (19532 for journal-upload, 6514 for rsyslog): logs.example.org or logs.example.org:6514.",
  schema: z
    .string()
    .trim()
    .refine((text) => {
      const port = Number(place.exec(text)?.[3] ?? 1);
      return text === "" || (place.test(text) && port >= 1 && port <= 65535);
    }, "must be a host, or a host and a port: logs.example.org:6514"),
  needs: { forwarding },
  default: (facts) => {
    const path = own(facts);
    return path === undefined ? "" : `${path.host.includes(":") ? `[${path.host}]` : path.host}:${path.port}`;
  },
  when: wanted,
});

const path = z
  .string()
  .trim()
  .regex(/^(?:|\/[A-Za-z0-9._/@+-]+)$/u, "must be an absolute path of letters, digits and . _ / @ + -");

export const authority = question({
  id: "forwarding.authority",
  kind: "text",
  label: "Receiver's authority",
  title: "Which file on this machine holds the certificate of the authority that signed the receiver's?",
  why: "Anybody could pretend to be the receiver and read along, unless its certificate is checked. With an authority of your own, put its certificate below /etc/ssl/certs; with a public one, the system's list will do.",
  schema: path.refine((text) => text !== "", "must not be empty"),
  needs: { forwarding },
  default: (facts) => own(facts)?.authority ?? systemAuthorities,
  when: wanted,
});

export const certificate = question({
  id: "forwarding.certificate",
  kind: "text",
  label: "This machine's certificate",
  title: "Which file holds the certificate that this machine shows to the receiver?",
  why: "journal-upload always shows one, and systemd-journal-remote hears only machines with one of its authority; with rsyslog it is the receiver's choice. Leave it empty when there is none.",
  schema: path,
  needs: { forwarding },
  default: (facts) => own(facts)?.certificate ?? "",
  when: wanted,
});

export const key = question({
  id: "forwarding.key",
  kind: "text",
  label: "Its key",
  title: "Which file holds the private key that belongs to that certificate?",
  why: "It stays where it is, readable by root only; below /etc/ssl/private it is in the right place.",
  schema: path,
  needs: { forwarding },
  default: (facts) => own(facts)?.key ?? "",
  when: wanted,
});

export const queueMegabytes = question({
  id: "forwarding.queue-megabytes",
  kind: "text",
  label: "Queue",
  title: "How many megabytes may wait on disk while the receiver does not answer?",
  why: "Beyond that, new records are not sent any more and stay in this machine's own log only. 1000 MB hold days of a usual server.",
  schema: z.coerce.number().int().min(10).max(100_000),
  needs: { forwarding },
  default: (facts) => {
    const text = knownValue(facts.forwarding)?.files.get(forwardFile)?.content ?? "";
    return Number(/queue\.maxDiskSpace="(\d+)m"/u.exec(text)?.[1] ?? 1000);
  },
  when: (_, answers) => answers.get(method) === "rsyslog",
});

export const receives = question({
  id: "forwarding.receives",
  kind: "confirm",
  label: "Receives others' logs",
  title: "Is this machine itself a central receiver of others' logs?",
  why: "A server that takes records from the network takes them from everybody who reaches it: its disk can be filled and its log forged.",
  schema: z.boolean(),
  needs: { forwarding },
  default: () => false,
});

export const questions = [
  method,
  receiver,
  authority,
  certificate,
  key,
  queueMegabytes,
  receives,
  forwardingReview.question,
] as const;
